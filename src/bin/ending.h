/* SPDX-License-Identifier: Apache-2.0 */
/* ending: a server ends when it is told to by SIGTERM or SIGINT, in order, and by no other way of its own. SIGHUP asks it to read its files anew. */
#ifndef BIN_ENDING_H
#define BIN_ENDING_H

void ending_await(void); /* from here on the three wait for ending_told, and a peer that hangs up is no signal; before any thread */
int ending_told(void); /* returns when one of them comes, and which */

#endif
