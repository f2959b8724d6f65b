/* SPDX-License-Identifier: Apache-2.0 */
/* The writer alone: commands of two small inserts, in groups of 1, 64 and 256, each group durable before the next begins.
 *
 *     writer_bench DIR|postgres:CONNINFO [SECONDS]    a figure: commands a second */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "kit/db/writer.h"

enum { PEOPLE = 10000, GROUP_MOST = 256, TABLES = 4 };

enum { ADD_NOTE, ADD_MARK };
static const struct sql bench_sql[] = {
    [ADD_NOTE] = {"INSERT INTO bench_note (id, person, body) VALUES ($1, $2, $3)"},
    [ADD_MARK] = {"INSERT INTO bench_mark (id, at_ms, state) VALUES ($1, $2, $3)"},
};
/* The primary key is what @ROWID is in migrations. */
static const struct sql tables_sql[][TABLES] = {
    [DB_SQLITE] =
        {{"DROP TABLE IF EXISTS bench_note"},
         {"DROP TABLE IF EXISTS bench_mark"},
         {"CREATE TABLE bench_note (id INTEGER PRIMARY KEY, person BIGINT NOT NULL, body BYTEA NOT NULL)"},
         {"CREATE TABLE bench_mark (id INTEGER PRIMARY KEY, at_ms BIGINT NOT NULL, state BIGINT NOT NULL)"}},
    [DB_POSTGRES] =
        {{"DROP TABLE IF EXISTS bench_note"},
         {"DROP TABLE IF EXISTS bench_mark"},
         {"CREATE TABLE bench_note (id BIGINT PRIMARY KEY, person BIGINT NOT NULL, body BYTEA NOT NULL)"},
         {"CREATE TABLE bench_mark (id BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL, state BIGINT NOT NULL)"}},
};

struct job {
    struct command command;
    uint64_t id;
};

static void job_run(struct command *command, struct group *group) {
    static const unsigned char body[100] = {1};
    struct job *job = (struct job *)command;
    struct stmt *q = db_stmt(group->db, &bench_sql[ADD_NOTE]);
    db_bind_u64(q, job->id);
    db_bind_u64(q, job->id % PEOPLE);
    db_bind_blob(q, body, sizeof body);
    db_queue(q);
    q = db_stmt(group->db, &bench_sql[ADD_MARK]);
    db_bind_u64(q, job->id);
    db_bind_i64(q, group->now_ms);
    db_bind_i64(q, 1);
    db_queue(q);
}

static void job_done(struct command *command, enum command_outcome outcome) {
    (void)command;
    if (outcome != COMMAND_DONE) log_fatal("bench: the store did not take a command");
}

static double commands_a_second(struct writer *writer, uint64_t *id, int group, double seconds) {
    static struct job jobs[GROUP_MOST];
    int64_t begun = clock_mono_us(), until = begun + (int64_t)(seconds * 1e6), now = begun;
    uint64_t done = 0;
    for (; now < until; now = clock_mono_us()) {
        for (int i = 0; i < group; i++) {
            jobs[i] = (struct job){{job_run, job_done, NULL}, ++*id};
            writer_submit(writer, &jobs[i].command);
        }
        while (writer_step(writer) > 0) {}
        done += (uint64_t)group;
    }
    return (double)done * 1e6 / (double)(now - begun);
}

int main(int argc, char **argv) {
    char path[256];
    const char *given = argc > 1 ? argv[1] : "/tmp";
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 1;
    struct writer_config config = {.store = {DB_SQLITE, path}};
    if (db_config_parse(given, &config.store) != ERR_OK)
        snprintf(path, sizeof path, "%s/writer-bench-%d.db", given, (int)getpid());
    const char *engine = config.store.engine == DB_SQLITE ? "sqlite" : "postgres";
    struct writer *writer = NULL;
    if (writer_open(&config, &writer) != ERR_OK) log_fatal("bench: no store at %s", given);
    struct db *db = writer_db(writer);
    db_begin(db);
    for (int i = 0; i < TABLES; i++) db_run(db_stmt(db, &tables_sql[config.store.engine][i]));
    if (db_commit(db) != DB_COMMIT_YES) log_fatal("bench: %s", db_fault(db));
    static const int groups[] = {1, 64, 256};
    uint64_t id = 0;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        printf("writer.%s.%d %.0f commands/s\n", engine, groups[i],
               commands_a_second(writer, &id, groups[i], seconds));
    printf("writer.%s.checkpoint %.1f ms\n", engine, (double)writer_figures(writer).checkpoint_us_max / 1e3);
    writer_stop(writer);
    static const char *const files[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof files / sizeof files[0] && engine[0] == 's'; i++) {
        char name[300];
        snprintf(name, sizeof name, "%s%s", path, files[i]);
        unlink(name);
    }
    return 0;
}
