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

enum { BLOCK = 1 << 16, MANIFEST_MAX = 4096 };

/* Files of the data directory that a backup leaves out. */
static const struct apart {
    const char *name, *lost;
    bool needed; /* without it no server starts */
} aparts[] = {
    {"keys", "names, ID numbers, phones, cards and PINs are sealed with it: nobody reads them, and no server starts on this store",
     true},
    {"bank/secret", "signs what goes to the banks: they answer nothing until they know a new one", false},
    {"sms-secret", "signs what goes to the SMS hook: a new one is made, and the gateway must be told", false},
    {"realname-secret",
     "signs what goes to the service for names: a new one is made, and the service must be told", false},
    {"tls-key", "the key of the certificate (tls_key): a new certificate is asked for", false},
    {"qianbao.ini", "the settings", false},
};
enum { APARTS = sizeof aparts / sizeof aparts[0] };

static bool refuse(char words[BACKUP_WORDS_MAX], const char *path, const char *what) {
    snprintf(words, BACKUP_WORDS_MAX, "%s: %s", path, what);
    return false;
}

static void apart_path(const struct settings *settings, const struct apart *apart,
                       char out[BACKUP_PATH_BYTES]) {
    const char *named = strcmp(apart->name, "bank/secret") == 0 ? settings->bank_secret
                        : strcmp(apart->name, "tls-key") == 0   ? settings->tls_key
                                                                : "";
    if (named[0]) snprintf(out, BACKUP_PATH_BYTES, "%s", named);
    else snprintf(out, BACKUP_PATH_BYTES, "%s/%s", settings->data, apart->name);
}

static void apart_value(struct json_out *out, const char *path, const struct apart *apart) {
    json_begin_object(out);
    json_key_str(out, "file", path);
    json_key_str(out, "lost_without_it", apart->lost);
    json_end_object(out);
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

static bool hash_file(const char *path, char hex[BACKUP_HASH_HEX], int64_t *size) {
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
    sodium_bin2hex(hex, BACKUP_HASH_HEX, hash, sizeof hash);
    return got == 0;
}

static bool write_manifest(struct backup *backup, char words[BACKUP_WORDS_MAX]) {
    char path[BACKUP_PATH_BYTES], at[CIVIL_TEXT_MAX];
    const char *name = strrchr(backup->file, '/') + 1;
    if (!hash_file(backup->file, backup->sha256, &backup->size))
        return refuse(words, backup->file, strerror(errno));
    snprintf(path, sizeof path, "%s/backup.json", backup->folder);
    backup->made_ms = clock_real_now_ms();
    civil_text(backup->made_ms, at);
    FILE *out = fopen(path, "wx");
    if (!out) return refuse(words, path, strerror(errno));
    fprintf(out, "{\"file\": \"%s\", \"size\": %" PRId64 ", \"sha256\": \"%s\", \"made_at\": \"%s\"}\n", name,
            backup->size, backup->sha256, at);
    bool kept = fflush(out) == 0 && fsync(fileno(out)) == 0;
    return (fclose(out) == 0 && kept) || refuse(words, path, "could not be written");
}

/* pg_dump reads one snapshot of a running database by itself. */
static bool dump_postgres(const char *conninfo, const char *file, char words[BACKUP_WORDS_MAX]) {
    char to[BACKUP_PATH_BYTES + 8];
    snprintf(to, sizeof to, "--file=%s", file);
    char *const argv[] = {(char *)"pg_dump",
                          (char *)"--format=custom",
                          (char *)"--no-owner",
                          to,
                          (char *)"--dbname",
                          (char *)conninfo,
                          NULL};
    pid_t child;
    int status;
    if (posix_spawnp(&child, argv[0], NULL, NULL, argv, environ) != 0)
        return refuse(words, "pg_dump", "is not installed (postgresql-client-15)");
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) || refuse(words, file, "pg_dump failed");
}

static struct backup *copying; /* db_copy tells without a name */

static void pages_told(int done, int all) {
    copying->told("pages", (uint64_t)done, (uint64_t)all);
}

bool backup_make(struct backup *backup, char words[BACKUP_WORDS_MAX]) {
    const struct settings *settings = backup->settings;
    struct db_config store;
    const char *folder = backup->folder;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) return refuse(words, folder, strerror(errno));
    if (!is_empty(folder))
        return refuse(words, folder, "is not empty; a backup wants a directory of its own");
    if (db_config_parse(settings->store, &store) != ERR_OK)
        return refuse(words, settings->store, "is no store");
    backup->engine = store.engine;
    snprintf(backup->file, sizeof backup->file, "%s/%s", folder,
             store.engine == DB_SQLITE ? "qianbao.db" : "store.dump");
    umask(077);
    copying = backup;
    if (store.engine == DB_SQLITE && db_copy(&store, backup->file, pages_told) != ERR_OK)
        return refuse(words, store.store, "the store could not be copied");
    if (store.engine != DB_SQLITE && !dump_postgres(store.store, backup->file, words)) return false;
    return write_manifest(backup, words);
}

bool backup_has_keys(const struct settings *settings) {
    char path[BACKUP_PATH_BYTES];
    apart_path(settings, &aparts[0], path);
    return is_plain_file(path);
}

void backup_keys(const struct backup *backup, struct json_out *out) {
    char path[BACKUP_PATH_BYTES];
    json_key_str(out, "file", backup->file);
    json_key_i64(out, "bytes", backup->size);
    json_key_str(out, "sha256", backup->sha256);
    json_key_time(out, "made_at", backup->made_ms);
    json_key(out, "not_in_it");
    json_begin_array(out);
    for (size_t i = 0; i < APARTS; i++) {
        apart_path(backup->settings, &aparts[i], path);
        if (aparts[i].needed || is_plain_file(path)) apart_value(out, path, &aparts[i]);
    }
    json_end_array(out);
}

void backup_restored_keys(const struct backup *backup, struct json_out *out) {
    char path[BACKUP_PATH_BYTES];
    json_key_str(out, "store", backup->file);
    json_key_str(out, "sha256", backup->sha256);
    json_key_bool(out, "complete", backup_has_keys(backup->settings));
    json_key(out, "missing");
    json_begin_array(out);
    for (size_t i = 0; i < APARTS; i++) {
        apart_path(backup->settings, &aparts[i], path);
        bool unused = strcmp(aparts[i].name, "tls-key") == 0 && !backup->settings->tls_key[0];
        if (!unused && !is_plain_file(path)) apart_value(out, path, &aparts[i]);
    }
    json_end_array(out);
}

/* --- the way back --- */

/* Fills in the copy's path and hash. */
static bool check_manifest(struct backup *backup, char store[BACKUP_PATH_BYTES], char words[BACKUP_WORDS_MAX]) {
    char path[BACKUP_PATH_BYTES], text[MANIFEST_MAX];
    json_t *manifest = NULL;
    const char *folder = backup->folder;
    snprintf(path, sizeof path, "%s/backup.json", folder);
    FILE *in = is_plain_file(path) ? fopen(path, "r") : NULL;
    if (!in) return refuse(words, path, "is no file of a backup");
    size_t got = fread(text, 1, sizeof text, in);
    fclose(in);
    if (got == sizeof text || json_read_object((struct text){text, got}, &manifest) != ERR_OK)
        return refuse(words, path, "is not what a backup wrote");
    const char *file = json_string_value(json_object_get(manifest, "file")),
               *sha = json_string_value(json_object_get(manifest, "sha256"));
    bool right = false;
    if (file && strcmp(file, "store.dump") == 0) {
        snprintf(words, BACKUP_WORDS_MAX,
                 "%.150s/store.dump is of PostgreSQL; make an empty database and bring it back with"
                 " pg_restore --no-owner --dbname CONNINFO %.150s/store.dump",
                 folder, folder);
    } else if (!file || strcmp(file, "qianbao.db") != 0) { /* never a path of the manifest's choosing */
        refuse(words, path, "names a file that no backup has");
    } else {
        snprintf(store, BACKUP_PATH_BYTES, "%s/qianbao.db", folder);
        if (!is_plain_file(store)) refuse(words, store, "is no file of its own");
        else if (!hash_file(store, backup->sha256, &backup->size)) refuse(words, store, "cannot be read");
        else if (!sha || strcmp(sha, backup->sha256) != 0)
            refuse(words, store, "is not what was backed up: its SHA-256 differs");
        else right = true;
    }
    json_decref(manifest);
    return right;
}

static bool copy_file(struct backup *backup, const char *from, const char *to, char words[BACKUP_WORDS_MAX]) {
    static unsigned char block[BLOCK];
    char part[BACKUP_PATH_BYTES + 16];
    snprintf(part, sizeof part, "%s.restoring", to);
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW),
        out = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t got = in >= 0 && out >= 0 ? 1 : -1;
    int64_t done = 0;
    while (got > 0 && (got = read(in, block, sizeof block)) > 0) {
        if (write(out, block, (size_t)got) != got) got = -1;
        else backup->told("bytes", (uint64_t)(done += got), (uint64_t)backup->size);
    }
    bool kept = got == 0 && fsync(out) == 0;
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    if (kept && rename(part, to) == 0) return true;
    unlink(part);
    return refuse(words, to, strerror(errno));
}

bool backup_restore(struct backup *backup, char words[BACKUP_WORDS_MAX]) {
    const struct settings *settings = backup->settings;
    char from[BACKUP_PATH_BYTES];
    struct stat found;
    struct db_config store;
    if (db_config_parse(settings->store, &store) != ERR_OK || store.engine != DB_SQLITE)
        return refuse(words, settings->store, "a backup of SQLite goes into a store of SQLite");
    snprintf(backup->file, sizeof backup->file, "%s", store.store);
    if (lstat(backup->file, &found) == 0)
        return refuse(words, backup->file, "there is a store already; nothing was changed");
    if (!check_manifest(backup, from, words)) return false;
    if (mkdir(settings->data, 0700) != 0 && errno != EEXIST)
        return refuse(words, settings->data, strerror(errno));
    return copy_file(backup, from, backup->file, words);
}
