/* SPDX-License-Identifier: Apache-2.0 */
/* stream: the open live streams, by person. They carry no content: "changed" says read again. What concerns all goes to every stream, and
 * names a time within which to read, a millisecond a stream, so that thousands do not ask at one moment. */
#ifndef EDGE_API_STREAM_H
#define EDGE_API_STREAM_H

#include "base/id.h"
#include "kit/http/http.h"

struct streams;

enum { STREAMS_MAX = 4096, STREAMS_PER_PERSON_MAX = 8 };

struct streams *streams_make(void);
void streams_free(struct streams *streams); /* after http_stop: none is open */

/* Answers the request with a stream of this person; the oldest of too many is closed. */
void streams_open(struct streams *streams, struct http_request *request, struct http_reply *reply,
                  struct person_id person);
void streams_end(struct streams *streams, struct person_id person);  /* all of this person's */
void streams_wake(struct streams *streams, struct person_id person); /* any thread */
void streams_wake_all(struct streams *streams);                      /* any thread */

#endif
