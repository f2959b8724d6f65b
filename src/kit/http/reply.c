/* SPDX-License-Identifier: Apache-2.0 */
/* A reply becomes the library's response: bytes, or a stream; or the words for what the guard refused. */
#include <assert.h>
#include <microhttpd.h>

#include "base/clock.h"
#include "kit/http/server.h"

void http_reply_header(struct http_reply *reply, const char *name, const char *value) {
    assert(reply->headers_count < HTTP_HEADERS_MAX);
    reply->headers[reply->headers_count].name = name;
    reply->headers[reply->headers_count].value = value;
    reply->headers_count++;
}

/* The library may call http_stream_free only after the reply was queued; the owner learns the handle before anything can be sent. */
static struct MHD_Response *make_response(struct exchange *x) {
    struct http_reply *reply = &x->reply;
    if (reply->opened) {
        struct http_stream *stream = http_stream_make(x);
        reply->opened(stream, reply->opened_arg);
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, http_stream_read, stream,
                                                 http_stream_free);
    }
    if (reply->still)
        return MHD_create_response_from_buffer(reply->still_size, (void *)(uintptr_t)reply->still,
                                               MHD_RESPMEM_PERSISTENT);
    if (reply->body.size == 0)
        return MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body.size, reply->body.bytes, MHD_RESPMEM_MUST_FREE);
    if (response) reply->body = (struct buf){0}; /* theirs now */
    return response;
}

enum MHD_Result http_reply_queue(struct exchange *x) {
    struct http_reply *reply = &x->reply;
    x->stage = QUEUED;
    if (x->conn) {
        x->conn->since_ms = clock_mono_ms();
        x->conn->most_ms = reply->opened ? 0 : IDLE_MS; /* a reader that does not read is cut too */
    }
    if (reply->status == 0) return MHD_NO;
    struct MHD_Response *response = make_response(x);
    if (!response) return MHD_NO;
    if (reply->type) MHD_add_response_header(response, "Content-Type", reply->type);
    MHD_add_response_header(response, "X-Request-Id", x->request.id);
    for (int i = 0; i < reply->headers_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    if (x->reject || reply->opened || atomic_load(&x->http->stopping))
        MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result done = MHD_queue_response(x->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return done;
}

enum MHD_Result http_reply_reject(struct exchange *x, int status) {
    atomic_fetch_add(&x->http->rejected, 1);
    x->reject = status;
    buf_init(&x->reply.body, 1024);
    if (x->http->config.reject_body)
        x->http->config.reject_body(&x->request, status, &x->reply, x->http->config.arg);
    x->reply.status = status;
    return http_reply_queue(x);
}
