/* SPDX-License-Identifier: Apache-2.0 */
#include "bin/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/clock.h"
#include "kit/db/copy.h"
#include "kit/json/json_in.h"

extern char **environ;

enum { PATH_BYTES = 512, BLOCK = 1 << 16, HASH_HEX = 65, MANIFEST_MAX = 4096 };

static const char *const not_held[] = {
    "keys         names, ID numbers, phones, cards and PINs are sealed with it; without it nobody reads "
    "them, and no server starts on this store",
    "sms-secret   signs what goes to the SMS hook; a new one is made, the gateway must be told",
    "bank/secret  signs what goes to the banks; without it they answer nothing (bank_secret in qianbao.ini "
    "says where it is)",
    "qianbao.ini  the settings",
};

void backup_store_path(const char *dir, char *out, size_t size) {
    snprintf(out, size, "%s/qianbao.db", dir);
}

static int refuse(const char *what, const char *path) {
    fprintf(stderr, "qianbao: %s: %s\n", path, what);
    return 1;
}

static void say_not_held(FILE *out, const char *data) {
    fprintf(out, "Not in it, keep them apart from it (%s/):\n", data);
    for (size_t i = 0; i < sizeof not_held / sizeof not_held[0]; i++) fprintf(out, "  %s\n", not_held[i]);
}

/* A file of its own: no link, no device. */
static bool is_plain_file(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0 && S_ISREG(found.st_mode);
}

static bool is_empty(const char *dir) {
    DIR *open = opendir(dir);
    int count = 0;
    if (!open) return false;
    while (readdir(open)) count++; /* . and .. */
    closedir(open);
    return count <= 2;
}

static bool hash_file(const char *path, char hex[HASH_HEX], int64_t *size) {
    static unsigned char block[BLOCK];
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t got = -1;
    *size = 0;
    if (file < 0) return false;
    crypto_hash_sha256_init(&state);
    while ((got = read(file, block, sizeof block)) > 0) {
        crypto_hash_sha256_update(&state, block, (unsigned long long)got);
        *size += got;
    }
    close(file);
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(hex, HASH_HEX, hash, sizeof hash);
    return got == 0;
}

static void told(int done, int all) {
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r  %d of %d pages%s", done, all, done == all ? "\n" : "");
}

static int write_manifest(const char *dir, const char *store) {
    char path[PATH_BYTES], hex[HASH_HEX], at[CIVIL_TEXT_MAX];
    int64_t size;
    const char *name = strrchr(store, '/') + 1;
    if (!hash_file(store, hex, &size)) return refuse(strerror(errno), store);
    snprintf(path, sizeof path, "%s/backup.json", dir);
    civil_text(clock_real_now_ms(), at);
    FILE *out = fopen(path, "wx");
    if (!out) return refuse(strerror(errno), path);
    fprintf(out, "{\"file\": \"%s\", \"size\": %" PRId64 ", \"sha256\": \"%s\", \"made_at\": \"%s\"}\n", name,
            size, hex, at);
    bool kept = fflush(out) == 0 && fsync(fileno(out)) == 0;
    if (fclose(out) != 0 || !kept) return refuse("could not be written", path);
    printf("%s: %" PRId64 " bytes, SHA-256 %s\n", store, size, hex);
    return 0;
}

/* pg_dump reads one snapshot of a running database by itself. */
static int dump_postgres(const char *conninfo, const char *file) {
    char to[PATH_BYTES + 8];
    snprintf(to, sizeof to, "--file=%s", file);
    char *const words[] = {(char *)"pg_dump",
                           (char *)"--format=custom",
                           (char *)"--no-owner",
                           to,
                           (char *)"--dbname",
                           (char *)conninfo,
                           NULL};
    pid_t child;
    int status;
    if (posix_spawnp(&child, words[0], NULL, NULL, words, environ) != 0)
        return refuse("is not installed (postgresql-client-15)", "pg_dump");
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : refuse("pg_dump failed", file);
}

int backup_make(const struct settings *settings, const char *dir) {
    struct db_config store;
    char path[PATH_BYTES];
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) return refuse(strerror(errno), dir);
    if (!is_empty(dir)) return refuse("is not empty; a backup wants a directory of its own", dir);
    if (db_config_parse(settings->store, &store) != ERR_OK) return refuse("is no store", settings->store);
    if (store.engine == DB_SQLITE) backup_store_path(dir, path, sizeof path);
    else snprintf(path, sizeof path, "%s/store.dump", dir);
    umask(077);
    if (store.engine == DB_SQLITE && db_copy(&store, path, told) != ERR_OK)
        return refuse("the store could not be copied", store.store);
    if (store.engine != DB_SQLITE && dump_postgres(store.store, path) != 0) return 1;
    if (write_manifest(dir, path) != 0) return 1;
    say_not_held(stdout, settings->data);
    return 0;
}

/* --- the way back --- */

static int check_manifest(const char *dir, char store[PATH_BYTES]) {
    char path[PATH_BYTES], text[MANIFEST_MAX], hex[HASH_HEX];
    int64_t size;
    json_t *manifest = NULL;
    snprintf(path, sizeof path, "%s/backup.json", dir);
    FILE *in = is_plain_file(path) ? fopen(path, "r") : NULL;
    if (!in) return refuse("is no file of a backup", path);
    size_t got = fread(text, 1, sizeof text, in);
    fclose(in);
    if (got == sizeof text || json_read_object((struct text){text, got}, &manifest) != ERR_OK)
        return refuse("is not what a backup wrote", path);
    const char *file = json_string_value(json_object_get(manifest, "file")),
               *sha = json_string_value(json_object_get(manifest, "sha256"));
    int code = 0;
    if (file && strcmp(file, "store.dump") == 0) {
        fprintf(stderr,
                "qianbao: %s/store.dump is of PostgreSQL; make an empty database and bring it back with\n    "
                "pg_restore --no-owner --dbname CONNINFO %s/store.dump\n",
                dir, dir);
        code = 1;
    } else if (!file || strcmp(file, "qianbao.db") != 0) { /* never a path of the manifest's choosing */
        code = refuse("names a file that no backup has", path);
    } else {
        backup_store_path(dir, store, PATH_BYTES);
        if (!is_plain_file(store)) code = refuse("is no file of its own", store);
        else if (!hash_file(store, hex, &size)) code = refuse("cannot be read", store);
        else if (!sha || strcmp(sha, hex) != 0)
            code = refuse("is not what was backed up: its SHA-256 differs", store);
    }
    json_decref(manifest);
    return code;
}

static int copy_file(const char *from, const char *to) {
    static unsigned char block[BLOCK];
    char part[PATH_BYTES + 16];
    snprintf(part, sizeof part, "%s.restoring", to);
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW),
        out = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t got = in >= 0 && out >= 0 ? 1 : -1;
    while (got > 0 && (got = read(in, block, sizeof block)) > 0)
        if (write(out, block, (size_t)got) != got) got = -1;
    bool kept = got == 0 && fsync(out) == 0;
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    if (kept && rename(part, to) == 0) return 0;
    unlink(part);
    return refuse(strerror(errno), to);
}

int backup_restore(const struct settings *settings, const char *dir) {
    char from[PATH_BYTES], to[PATH_BYTES], keys[PATH_BYTES];
    struct stat found;
    struct db_config store;
    if (db_config_parse(settings->store, &store) != ERR_OK || store.engine != DB_SQLITE)
        return refuse("a backup of SQLite goes into a store of SQLite", settings->store);
    snprintf(to, sizeof to, "%s", store.store);
    if (lstat(to, &found) == 0) return refuse("there is a store already; nothing was changed", to);
    int code = check_manifest(dir, from);
    if (code != 0) return code;
    if (mkdir(settings->data, 0700) != 0 && errno != EEXIST) return refuse(strerror(errno), settings->data);
    if (copy_file(from, to) != 0) return 1;
    printf("%s is back. The index of the bills is made anew by the server.\n", to);
    snprintf(keys, sizeof keys, "%s/keys", settings->data);
    if (is_plain_file(keys)) return 0;
    fprintf(stderr, "%s is not there: put it back from where you keep it, before the server starts. Without it:\n  %s\n",
            keys, not_held[0]);
    return 1;
}
