/* SPDX-License-Identifier: Apache-2.0 */
/* person: what signing up and signing in have in common, and how a person looks to himself. */
#ifndef EDGE_API_PERSON_H
#define EDGE_API_PERSON_H

#include "edge/api/api.h"

/* "real_name": {…}, into an object that is open; on a reader or in a transaction. */
void realname_key(struct api_call *call, struct db *db, const struct actor *actor);

/* {"person": …} and the session's cookie. */
void person_answer(struct api_call *call, struct tx *tx, const struct actor *actor,
                   const unsigned char token[SESSION_TOKEN_SIZE]);

/* "Chrome, Android", from the User-Agent; empty when it is none that we know. */
struct text device_of(struct http_request *request);

#endif
