/* SPDX-License-Identifier: Apache-2.0 */
/* server: the sandbox bank on the loopback: the desk behind kit/http, and a bench where late answers wait for their time. */
#ifndef BANK_SERVER_H
#define BANK_SERVER_H

#include "bank/desk.h"

struct server;

/* port 0: a free one. NULL: the port is taken, or there is no thread for it. */
struct server *server_start(struct desk *desk, int port);
int server_port(const struct server *server);
void server_stop(struct server *server); /* late answers are sent at once; NULL is fine */

#endif
