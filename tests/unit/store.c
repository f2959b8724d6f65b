/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libpq-fe.h>
#include <unistd.h>

static char cluster_dir[64], cluster_conninfo[256];
static pid_t cluster_owner;

bool store_shell(const char *line) {
    return system(line) == 0; // NOLINT(cert-env33-c): tests only
}

static void cluster_stop(void) {
    if (getpid() != cluster_owner) return; /* a child of a test that ended by exit */
    char line[128];
    snprintf(line, sizeof line, "tests/postgres.sh stop %s", cluster_dir);
    store_shell(line);
}

static void cluster_start(void) {
    char line[160];
    snprintf(cluster_dir, sizeof cluster_dir, "/tmp/qbpg-%d", (int)getpid());
    snprintf(line, sizeof line, "tests/postgres.sh start %s", cluster_dir);
    FILE *out = popen(line, "r"); // NOLINT(cert-env33-c): tests only
    if (!out) return;
    bool told = fgets(cluster_conninfo, sizeof cluster_conninfo, out) != NULL;
    if (pclose(out) != 0 || !told) {
        cluster_conninfo[0] = '\0';
        return;
    }
    cluster_conninfo[strcspn(cluster_conninfo, "\n")] = '\0';
    cluster_owner = getpid();
    atexit(cluster_stop);
}

const char *cluster(void) {
    const char *given = getenv("QIANBAO_TEST_POSTGRES");
    if (given) return given;
    if (!cluster_dir[0] && access("/usr/lib/postgresql", F_OK) == 0) cluster_start();
    return cluster_conninfo;
}

int store_ask_postgres(const char *conninfo, const char *sql) {
    PGconn *conn = PQconnectdb(conninfo);
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    int rows = -1;
    if (status == PGRES_TUPLES_OK) rows = PQntuples(result);
    else if (status == PGRES_COMMAND_OK) rows = (int)strtol(PQcmdTuples(result), NULL, 10);
    else fprintf(stderr, "%s: %s\n", sql, PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
    return rows;
}

static void store_make_postgres(struct store *store) {
    static int made;
    const char *conninfo = cluster();
    if (!conninfo[0]) skip();
    char schema[32], sql[64];
    snprintf(schema, sizeof schema, "t%d_%d", (int)getpid(), ++made);
    snprintf(sql, sizeof sql, "CREATE SCHEMA %s", schema);
    assert_int_equal(store_ask_postgres(conninfo, sql), 0);
    snprintf(store->text, sizeof store->text, "%s options='-csearch_path=%s'", conninfo, schema);
}

void store_make(enum db_engine engine, struct store *store) {
    memset(store, 0, sizeof *store);
    if (engine == DB_POSTGRES) {
        store_make_postgres(store);
    } else {
        snprintf(store->dir, sizeof store->dir, "/tmp/qbstore-XXXXXX");
        assert_non_null(mkdtemp(store->dir));
        snprintf(store->text, sizeof store->text, "%s/store.db", store->dir);
    }
    store->config = (struct db_config){engine, store->text};
}

void store_make_whole(enum db_engine engine, struct store *store) {
    static char mould[4 << 20];
    static size_t size;
    struct db *db = NULL;
    store_make(engine, store);
    if (engine != DB_SQLITE) return;
    if (size == 0) {
        assert_int_equal(db_open(&store->config, DB_WRITER, &db), ERR_OK);
        assert_int_equal(db_migrate(db), ERR_OK);
        db_close(db);
    }
    FILE *file = fopen(store->text, size ? "w" : "r");
    assert_non_null(file);
    if (size) assert_int_equal(fwrite(mould, 1, size, file), size);
    else size = fread(mould, 1, sizeof mould, file);
    assert_true(size > 0 && size < sizeof mould);
    assert_int_equal(fclose(file), 0);
}

void store_end(struct store *store) {
    if (!store->dir[0]) return; /* schemas go with their cluster */
    char line[128];
    snprintf(line, sizeof line, "rm -r %s", store->dir);
    assert_true(store_shell(line));
}
