/* SPDX-License-Identifier: Apache-2.0 */
/* place: what a test needs around it: a directory of its own, and programs of ours as processes.
 *
 *     char dir[PLACE_MAX];
 *     place_make(dir, "bank_test");
 *     int port;
 *     pid_t bank = place_start((const char *[]){"qianbao-bank", "--data", dir, NULL}, &port);
 *     place_stop(&bank);
 *     place_remove(dir); */
#ifndef TESTS_UNIT_PLACE_H
#define TESTS_UNIT_PLACE_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLACE_MAX = 64, PLACE_ARGS_MAX = 16 };

static inline bool place_make(char out[PLACE_MAX], const char *name) {
    snprintf(out, PLACE_MAX, "/tmp/%s.XXXXXX", name);
    return mkdtemp(out) != NULL;
}

static inline int place_remove(const char *dir) {
    char line[PLACE_MAX + 16];
    snprintf(line, sizeof line, "rm -r %s", dir);
    return system(line); // NOLINT(cert-env33-c): a directory that place_make named
}

/* The program's path in the build directory that Meson names (or build/, when a test is run by hand). */
static inline void place_program(const char *name, char out[300]) {
    const char *build = getenv("BUILD_ROOT");
    snprintf(out, 300, "%s/src/bin/%s", build ? build : "build", name);
}

/* Starts argv and waits for its line "listening on 127.0.0.1:PORT"; port 0: it ended without one. */
static inline pid_t place_start(const char *const argv[], int *ret_port) {
    static const char says[] = "listening on 127.0.0.1:";
    char path[300], line[200] = "", *args[PLACE_ARGS_MAX] = {path};
    int out[2];
    place_program(argv[0], path);
    for (int i = 1; i < PLACE_ARGS_MAX - 1 && argv[i]; i++) args[i] = (char *)(unsigned long)argv[i];
    if (pipe(out) != 0) abort();
    pid_t child = fork();
    if (child == 0) {
        int log = open("/dev/null", O_WRONLY);
        dup2(out[1], STDOUT_FILENO);
        if (log >= 0) dup2(log, STDERR_FILENO);
        close(out[0]);
        close(out[1]);
        execv(path, args);
        _exit(127);
    }
    close(out[1]);
    FILE *words = fdopen(out[0], "r");
    bool told = fgets(line, sizeof line, words) && strncmp(line, says, sizeof says - 1) == 0;
    *ret_port = told ? (int)strtol(line + sizeof says - 1, NULL, 10) : 0;
    fclose(words);
    return child;
}

/* Asks it to end and waits; its status as waitpid gives it. */
static inline int place_stop(pid_t *child) {
    int status = 0;
    if (*child <= 0) return 0;
    kill(*child, SIGTERM);
    waitpid(*child, &status, 0);
    *child = 0;
    return status;
}

#endif
