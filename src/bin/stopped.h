/* SPDX-License-Identifier: Apache-2.0 */
/* stopped: what the command line does with the store by itself, because no server runs or none is needed. The store's lock says that nobody
 * writes meanwhile. Each writes the keys of its result into an open object, the same as the server would; or says in words what went
 * wrong and gives the error. */
#ifndef BIN_STOPPED_H
#define BIN_STOPPED_H

#include <jansson.h>

#include "edge/control/command.h"
#include "edge/control/typed.h"

enum { STOPPED_WORDS_MAX = 600 };

enum err stopped_audit(const struct typed *typed, struct json_out *out, char words[STOPPED_WORDS_MAX]);
enum err stopped_backup(const struct typed *typed, struct json_out *out, char words[STOPPED_WORDS_MAX]);
enum err stopped_restore(const struct typed *typed, struct json_out *out, char words[STOPPED_WORDS_MAX]);
enum err stopped_index_rebuild(const struct typed *typed, struct json_out *out, char words[STOPPED_WORDS_MAX]);
/* The server has begun to make the index anew; asks it how far it is until it is done. */
enum command_end stopped_index_wait(const struct typed *typed, const json_t *result);

#endif
