/* SPDX-License-Identifier: Apache-2.0 */
/* writer: the one thread that changes the store. It takes all waiting commands, runs them in order in one transaction, lets its
 * parts (the ledger) add their rows, commits, and only then tells the commands' owners. One sync serves them all, and on SQLite the next
 * group is run meanwhile (db_commit_ahead); it commits when the one before is on the disk, and takes in what comes until then.
 *
 * A command's run reads, decides, then writes, and may run twice: it writes only its own output and starts from its own input each
 * time. If any statement of the group fails, the transaction is rolled back, the parts undo to the group's mark, and each command
 * runs again in a group of its own; a command that fails alone is told COMMAND_FAILED. No savepoints.
 *
 * COMMIT has three outcomes. Yes: the parts publish; done is called when it is on the disk. No: undo and say so. Unknown (PostgreSQL's connection lost):
 * nobody is answered, the connection and the writer's lock are taken again, and the parts say whether what they wrote is there.
 *
 * Between groups the writer copies SQLite's log into the file (db_checkpoint), a piece each time.
 *
 * Time: a group has one now, which never falls and begins no earlier than what the store holds (writer_set_least_time). A wall clock
 * that jumps more than an hour against the machine's steady one, or begins more than an hour before what the store holds, is not
 * believed: commands are refused until it is set right or an operator accepts it. After a smaller step back, time stands still until
 * the clock has caught up. */
#ifndef KIT_DB_WRITER_H
#define KIT_DB_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/histogram.h"
#include "kit/db/db.h"

struct writer;

/* What a command sees of its group. */
struct group {
    struct db *db;
    int64_t now_ms; /* one time a group; never falls */
    void *floor;    /* writer_config.floor: the wallet's tx lives there */
};

enum command_outcome {
    COMMAND_DONE,    /* committed: what run decided (refusals too) is in the store */
    COMMAND_FAILED,  /* the store did not take it, even alone; nothing happened */
    COMMAND_REFUSED, /* never ran: the queue is full or the writer stops */
};

struct command {
    void (*run)(struct command *command, struct group *group);
    /* Once, and gives the command back. On the writer's thread; short. When the queue is full: on the submitting one. */
    void (*done)(struct command *command, enum command_outcome outcome);
    struct command *next;
};

/* A part keeps state in memory that must agree with the store (the ledger; the sequence of ids). All are called on the writer's
 * thread, in the order of registration. */
struct writer_part {
    void *arg;
    void (*mark)(void *arg, int64_t now_ms);    /* a group begins: remember where you are */
    void (*flush)(void *arg, struct db *db);    /* before COMMIT: write your rows (failure is db's, sticky) */
    void (*publish)(void *arg, int64_t now_ms); /* after COMMIT: readers may see it */
    void (*undo)(void *arg);                    /* back to the mark */
    bool (*stored)(void *arg,
                   struct db *db); /* after an unknown COMMIT: is the group that flush wrote in the store? */
};

enum { WRITER_PARTS_MAX = 7 };
struct writer_config {
    struct db_config store;
    size_t queue_max;       /* waiting commands; default 4096 */
    int group_commands_max; /* 256 */
    int group_ms_max;       /* 5: a group takes no further command after so long */
    int checkpoint_frames;  /* SQLite: 3000 */
    void *floor;
    struct writer_part parts[WRITER_PARTS_MAX];
    int parts_count;
    void (*telling)(bool begins); /* on the writer's thread, around the `done` of a group's commands; may be NULL */
    int64_t (*wall_ms)(void); /* tests put their own clocks here; NULL: base/clock.h */
    int64_t (*steady_ms)(void);
};

/* writer_open opens and migrates the store; the caller loads its parts from writer_db(), then starts the thread (or calls
 * writer_step itself: it runs at most one group and returns how many commands it answered). */
enum err writer_open(const struct writer_config *config, struct writer **out);
struct db *writer_db(struct writer *writer);                          /* before writer_start only */
void writer_add_part(struct writer *writer, struct writer_part part); /* before writer_start only */
void writer_set_floor(struct writer *writer, void *floor);            /* before writer_start only */
enum err writer_start(struct writer *writer);
int writer_step(struct writer *writer);
void writer_submit(struct writer *writer,
                   struct command *command); /* any thread; never blocks; refusal comes through done */
void writer_stop(struct writer *writer);     /* runs what is queued, checkpoints, closes; NULL is fine */

void writer_set_least_time(struct writer *writer,
                           int64_t now_ms);      /* before writer_start only, after clock_set_offset_ms */
bool writer_clock_jumped(struct writer *writer); /* any thread: commands are refused because of it */
void writer_accept_clock(struct writer *writer); /* any thread */

struct writer_figures {
    uint64_t groups, commands, retried_groups, failed_commands, refused_commands;
    uint64_t commit_us_total, commit_us_max, checkpoint_us_max, group_us_max;
    uint64_t wal_frames, wal_frames_max;
    uint64_t waiting; /* commands in the queue now */
    bool wal_above;   /* SQLite's log is above its bound: new reads wait */
    bool clock_jumped;
    int64_t clock_jump_ms; /* by how much, while it is not believed */
};
struct writer_figures writer_figures(struct writer *writer); /* any thread */
struct histogram *writer_commits(struct writer *writer);     /* how long each COMMIT took */

#endif
