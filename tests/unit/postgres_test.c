/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL whose connection breaks. A proxy between us and the server cuts it where a test says: before COMMIT arrives, after it
 * was done but before we hear of it, in the middle of a group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/db/writer.h"
#include "store.h"

/* --- the proxy --- */

enum cut { NEVER, BEFORE_COMMIT, AFTER_COMMIT, NOW };

static _Atomic enum cut cut;
static _Atomic int cuts; /* made since the proxy started */
static char proxy_dir[64];
static struct sockaddr_un server_address;
static int proxy_socket;

static bool forward(int from, int to, const char *word) {
    char bytes[16384];
    ssize_t size = read(from, bytes, sizeof bytes);
    if (size <= 0) return false;
    bool has_word = word && memmem(bytes, (size_t)size, word, strlen(word));
    if (has_word && cut == BEFORE_COMMIT) return false;
    for (ssize_t at = 0, done; at < size; at += done)
        if ((done = write(to, bytes + at, (size_t)(size - at))) <= 0) return false;
    if (!has_word || cut != AFTER_COMMIT) return true;
    if (read(to, bytes, sizeof bytes) < 0) abort(); /* the server has answered: it is done */
    return false;
}

static void *serve(void *arg) {
    int client = (int)(intptr_t)arg, server = socket(AF_UNIX, SOCK_STREAM, 0);
    bool open = connect(server, (struct sockaddr *)&server_address, sizeof server_address) == 0;
    while (open && cut != NOW) {
        struct pollfd fds[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        poll(fds, 2, 10);
        if (fds[0].revents) open = forward(client, server, "COMMIT");
        if (open && fds[1].revents) open = forward(server, client, NULL);
    }
    if (cut != NEVER) cuts++;
    cut = NEVER;
    close(server);
    close(client);
    return NULL;
}

static void *proxy(void *arg) {
    (void)arg;
    for (int client; (client = accept(proxy_socket, NULL, NULL)) >= 0;) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) != 0) abort();
        pthread_detach(thread);
    }
    return NULL;
}

static struct sockaddr_un address(const char *dir) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int size = snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", dir);
    assert_in_range(size, 1, sizeof address.sun_path - 1);
    return address;
}

static const char *part_of(PQconninfoOption *options, const char *key) {
    for (PQconninfoOption *option = options; option->keyword; option++)
        if (strcmp(option->keyword, key) == 0) return option->val;
    return NULL;
}

/* A store whose connections pass the proxy; and, to look into it, the way around. */
static struct store store;
static char through_proxy[500];
static struct db_config proxied;

static void world_begin(void) {
    store_make(DB_POSTGRES, &store);
    PQconninfoOption *options = PQconninfoParse(store.text, NULL);
    const char *host = part_of(options, "host");
    if (!host || host[0] != '/') skip();
    server_address = address(host);
    snprintf(proxy_dir, sizeof proxy_dir, "/tmp/qbproxy-XXXXXX");
    assert_non_null(mkdtemp(proxy_dir));
    snprintf(through_proxy, sizeof through_proxy, "host=%s user=%s dbname=%s options='%s'", proxy_dir,
             part_of(options, "user"), part_of(options, "dbname"), part_of(options, "options"));
    proxied = (struct db_config){DB_POSTGRES, through_proxy};
    PQconninfoFree(options);
    struct sockaddr_un ours = address(proxy_dir);
    proxy_socket = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(proxy_socket, (struct sockaddr *)&ours, sizeof ours), 0);
    assert_int_equal(listen(proxy_socket, 8), 0);
}

static pthread_t proxy_thread;

static void proxy_start(void) {
    cut = NEVER;
    cuts = 0;
    assert_int_equal(pthread_create(&proxy_thread, NULL, proxy, NULL), 0);
}

static void proxy_stop(void) {
    shutdown(proxy_socket, SHUT_RDWR);
    pthread_join(proxy_thread, NULL);
}

static void world_end(void) {
    close(proxy_socket);
    struct sockaddr_un ours = address(proxy_dir);
    unlink(ours.sun_path);
    rmdir(proxy_dir);
    store_end(&store);
}

/* --- a writer with a part that numbers its groups, as the ledger does --- */

enum { MAKE_STORY, MAKE_GROUPS, ADD, ADD_GROUP, NEWEST_GROUP };
static const struct sql story_sql[] = {
    [MAKE_STORY] = {"CREATE TABLE story (id BIGINT NOT NULL PRIMARY KEY)"},
    [MAKE_GROUPS] = {"CREATE TABLE story_group (number BIGINT NOT NULL PRIMARY KEY)"},
    [ADD] = {"INSERT INTO story (id) VALUES ($1)"},
    [ADD_GROUP] = {"INSERT INTO story_group (number) VALUES ($1)"},
    [NEWEST_GROUP] = {"SELECT coalesce(max(number), 0) FROM story_group"},
};

struct numbers {
    int64_t number, mark, published;
};

static void numbers_mark(void *arg, int64_t now_ms) {
    (void)now_ms;
    struct numbers *numbers = arg;
    numbers->mark = numbers->number;
}
static void numbers_flush(void *arg, struct db *db) {
    struct numbers *numbers = arg;
    struct stmt *q = db_stmt(db, &story_sql[ADD_GROUP]);
    db_bind_i64(q, ++numbers->number);
    db_queue(q);
}
static void numbers_publish(void *arg, int64_t now_ms) {
    (void)now_ms;
    struct numbers *numbers = arg;
    numbers->published = numbers->number;
}
static void numbers_undo(void *arg) {
    struct numbers *numbers = arg;
    numbers->number = numbers->mark;
}
static bool numbers_stored(void *arg, struct db *db) {
    struct numbers *numbers = arg;
    struct stmt *q = db_stmt(db, &story_sql[NEWEST_GROUP]);
    bool stored = db_row(q) && db_col_i64(q, 0) == numbers->number;
    db_done(q);
    return stored;
}

struct line {
    struct command command;
    int64_t id;
    enum cut cut;
    int runs, told;
    enum command_outcome outcome;
};

static void line_run(struct command *command, struct group *group) {
    struct line *line = (struct line *)command;
    if (line->runs++ == 0 && line->cut != NEVER) cut = line->cut;
    if (line->cut == NOW) usleep(100000);
    struct stmt *q = db_stmt(group->db, &story_sql[ADD]);
    db_bind_i64(q, line->id);
    if (line->cut == NOW) db_run(q); /* a round trip within the group */
    else db_queue(q);
}

static void line_done(struct command *command, enum command_outcome outcome) {
    struct line *line = (struct line *)command;
    line->outcome = outcome;
    line->told++;
}

static struct writer *writer_begin(struct numbers *numbers) {
    struct writer *writer = NULL;
    struct writer_config config = {.store = proxied, .group_ms_max = 10000};
    assert_int_equal(writer_open(&config, &writer), ERR_OK);
    struct db *db = writer_db(writer);
    db_begin(db);
    db_run(db_stmt(db, &story_sql[MAKE_STORY]));
    db_run(db_stmt(db, &story_sql[MAKE_GROUPS]));
    assert_int_equal(db_commit(db), DB_COMMIT_YES);
    writer_add_part(writer, (struct writer_part){numbers, numbers_mark, numbers_flush, numbers_publish,
                                                 numbers_undo, numbers_stored});
    return writer;
}

static void submit(struct writer *writer, struct line *lines, int count) {
    for (int i = 0; i < count; i++) {
        lines[i].command = (struct command){.run = line_run, .done = line_done};
        writer_submit(writer, &lines[i].command);
    }
}

/* --- the stories --- */

static void lost_while_committing(enum cut where, int runs) {
    world_begin();
    proxy_start();
    struct numbers numbers = {0};
    struct writer *writer = writer_begin(&numbers);
    struct line lines[3] = {{.id = 1}, {.id = 2, .cut = where}, {.id = 3}};
    submit(writer, lines, 3);
    while (writer_step(writer) > 0) {}
    assert_int_equal(cuts, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lines[i].outcome, COMMAND_DONE);
        assert_int_equal(lines[i].told, 1);
        assert_int_equal(lines[i].runs, runs);
    }
    assert_int_equal(store_ask_postgres(store.text, "SELECT id FROM story"), 3);
    assert_int_equal(numbers.published, runs == 1 ? 1 : 3); /* together, or each in a group of its own */
    struct line after = {.id = 4};
    submit(writer, &after, 1); /* the new connection is as good as the old one */
    writer_step(writer);
    assert_int_equal(after.outcome, COMMAND_DONE);
    writer_stop(writer);
    proxy_stop();
    world_end();
}

static void a_commit_that_was_done_is_not_done_again(void **state) {
    (void)state;
    lost_while_committing(AFTER_COMMIT, 1);
}

static void a_commit_that_never_arrived_is_run_again(void **state) {
    (void)state;
    lost_while_committing(BEFORE_COMMIT, 2);
}

/* Another server may have the lock already: nothing may be done any more. */
static void lost_in_a_group_ends_the_process(void **state) {
    (void)state;
    world_begin();
    pid_t child = fork();
    if (child == 0) {
        proxy_start();
        struct numbers numbers = {0};
        struct writer *writer = writer_begin(&numbers);
        struct line lines[2] = {{.id = 1}, {.id = 2, .cut = NOW}};
        submit(writer, &lines[0], 1);
        writer_step(writer);
        submit(writer, &lines[1], 1);
        writer_step(writer);
        _exit(lines[1].told ? 2 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), DB_EXIT_LOST);
    assert_int_equal(store_ask_postgres(store.text, "SELECT id FROM story"), 1);
    world_end();
}

static bool read_newest(struct db *reader) {
    db_begin(reader);
    struct stmt *q = db_stmt(reader, &story_sql[NEWEST_GROUP]);
    bool read = db_row(q);
    db_done(q);
    db_rollback(reader);
    return read;
}

static void a_reader_connects_again(void **state) {
    (void)state;
    world_begin();
    proxy_start();
    assert_int_equal(store_ask_postgres(store.text, "CREATE TABLE story_group (number BIGINT)"), 0);
    struct db *reader = NULL;
    assert_int_equal(db_open(&proxied, DB_READER, &reader), ERR_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(read_newest(reader));
        cut = NOW;
        while (cut == NOW) usleep(1000);
        /* That it is lost may be seen with the first read; the second has a new connection. */
        assert_true(read_newest(reader) || read_newest(reader));
    }
    db_close(reader);
    proxy_stop();
    world_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_that_was_done_is_not_done_again),
        cmocka_unit_test(a_commit_that_never_arrived_is_run_again),
        cmocka_unit_test(lost_in_a_group_ends_the_process),
        cmocka_unit_test(a_reader_connects_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
