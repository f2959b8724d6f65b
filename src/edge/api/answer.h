/* SPDX-License-Identifier: Apache-2.0 */
/* answer: how a result becomes a status and a body. */
#ifndef EDGE_API_ANSWER_H
#define EDGE_API_ANSWER_H

#include "base/err.h"
#include "kit/http/http.h"
#include "kit/json/json_out.h"

int answer_status(enum err code);
const char *answer_class(enum err_class class);
const char *answer_taken(enum money_taken taken);

/* The array of next steps; help leads to the article. NULL: to all of them. */
void answer_next(struct json_out *out, const char *article, unsigned next);

/* {"error":{…}} into the buffer, which is cleared first. */
void answer_error(const struct fault *fault, const char *request_id, struct buf *body);

/* What every answer carries; page: it is a document that the browser shows. */
void answer_headers(struct http_reply *reply, bool page, bool tls);

/* The stored files of the web app. False: there is none at this path. */
bool answer_asset(struct http_request *request, struct http_reply *reply, bool sandbox, bool tls);

/* To a browser that went where there is nothing: a page that says so. False: it asked for no page. */
bool answer_no_page(struct http_request *request, struct http_reply *reply, bool tls);

#endif
