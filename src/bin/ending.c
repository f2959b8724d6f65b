/* SPDX-License-Identifier: Apache-2.0 */
#include "bin/ending.h"

#include <signal.h>

static sigset_t ends(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

void ending_await(void) {
    sigset_t set = ends();
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int ending_told(void) {
    sigset_t set = ends();
    int which = 0;
    sigwait(&set, &which);
    return which;
}
