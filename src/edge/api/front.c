/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/front.h"

#include "edge/api/answer.h"

enum { ANSWER_MAX = 4096 };

static void refuse(const struct front *front, struct http_request *request) {
    struct http_reply reply = {.status = answer_status(ERR_STARTING), .type = "application/json"};
    struct fault fault = {0};
    fault_set(&fault, ERR_STARTING);
    buf_init(&reply.body, ANSWER_MAX);
    answer_error(&fault, request->id, &reply.body);
    answer_headers(&reply, false, front->tls);
    http_reply_header(&reply, "Cache-Control", "no-store");
    http_reply_header(&reply, "Retry-After", "1");
    http_answer(request, &reply);
}

void front_handle(struct http_request *request, void *arg) {
    struct front *front = arg;
    struct api *api = atomic_load(&front->api);
    struct http_reply reply;
    if (api) api_handle(request, api);
    else if ((request->method == HTTP_GET || request->method == HTTP_HEAD) &&
             answer_asset(request, &reply, front->sandbox, front->tls))
        http_answer(request, &reply);
    else refuse(front, request);
}

size_t front_body_most(const struct http_request *request, void *arg) {
    struct api *api = atomic_load(&((struct front *)arg)->api);
    return api ? api_body_most(request, api) : 0;
}

void front_reject_body(const struct http_request *request, int status, struct http_reply *reply, void *arg) {
    struct api *api = atomic_load(&((struct front *)arg)->api);
    struct fault fault = {0};
    if (api) {
        api_reject_body(request, status, reply, api);
        return;
    }
    fault_set(&fault, ERR_STARTING);
    answer_error(&fault, request->id, &reply->body);
    reply->type = "application/json";
}
