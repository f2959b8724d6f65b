/* SPDX-License-Identifier: Apache-2.0 */
/* chores: what the server does by itself, again and again: rows of a table, each a command of the writer like any other.
 *
 * One thread; a chore that is still under way is not begun again. */
#ifndef BIN_CHORES_H
#define BIN_CHORES_H

#include "base/err.h"

struct chores;
struct writer;

enum err chores_start(struct writer *writer, struct chores **out);
void chores_stop(struct chores *chores); /* before writer_stop; NULL is fine */

#endif
