/* SPDX-License-Identifier: Apache-2.0 */
/* Photos of the ID card. The body of a PUT is the photo itself; it is made anew on the worker pool, before the transaction, and nothing of
 * what was sent is kept. No route gives a photo out again. */
#include "wallet/document.h"

#include "edge/api/api.h"
#include "kit/picture/picture.h"

static const char *const sides[] = {[DOCUMENT_FRONT] = "front", [DOCUMENT_BACK] = "back", NULL};
static const char *const photo_types[] = {"image/png", "image/jpeg", NULL};
static const struct api_file photo_file = {photo_types, PICTURE_BYTES_MAX, ERR_PICTURE_KIND};

static void document_value(struct api_call *call, const struct document *document) {
    json_begin_object(call->out);
    json_key(call->out, "document");
    json_begin_object(call->out);
    json_key_str(call->out, "state", document_state_name(document->state));
    json_key_bool(call->out, "front", document->has[DOCUMENT_FRONT]);
    json_key_bool(call->out, "back", document->has[DOCUMENT_BACK]);
    json_key_time(call->out, "sent_at", document->sent_ms);
    json_key_time(call->out, "decided_at", document->decided_ms);
    if (document->reason == ERR_OK) {
        json_key_null(call->out, "reason");
    } else {
        struct fault fault;
        fault_set(&fault, document->reason);
        json_key(call->out, "reason");
        json_begin_object(call->out);
        api_reason_keys(call->out, &fault);
        json_end_object(call->out);
    }
    json_end_object(call->out);
    json_end_object(call->out);
}

static enum err document_get(struct api_call *call, struct view *view) {
    struct document document;
    document_find(view->db, call->actor.person, &document);
    document_value(call, &document);
    return ERR_OK;
}

/* --- one photo --- */

struct photo_body {
    int side;
};
static const struct api_field photo_fields[] = {
    FIELD_CHOICE(struct photo_body, side, "side", sides, REQUIRED | IN_PATH, "of the card"),
};

/* The type that it says of itself must be the one that it is: what two programs would read differently is nobody's photo. */
static enum err photo_remake(struct api_call *call, struct picture *about) {
    struct text body = call->request->body;
    const char *said = photo_types[picture_kind(body) == PICTURE_PNG ? 0 : 1];
    if (!text_is(http_header(call->request, "Content-Type"), said))
        return fault_set(&call->fault, ERR_PICTURE_KIND);
    enum err err = picture_remake(body, &call->prepared_bytes, about);
    return err ? fault_set(&call->fault, err) : ERR_OK;
}

static enum err photo_prepare(struct api_call *call) {
    struct picture *about = arena_alloc(&call->request->arena, sizeof *about);
    struct view view;
    struct fault fault;
    buf_init(&call->prepared_bytes, PICTURE_OUT_BYTES_MAX);
    enum err err = api_look_begin(call, &view);
    bool worth_it = !err && document_begin(&view, &call->actor, &fault) == ERR_OK;
    api_look_end(call);
    if (!err && worth_it) err = photo_remake(call, about);
    call->prepared = about;
    return err;
}

static enum err photo_put(struct api_call *call, struct tx *tx) {
    const struct photo_body *body = call->body;
    const struct picture *about = call->prepared;
    struct document_put_cmd cmd = {.side = (enum document_side)body->side,
                                   .jpeg = {buf_text(&call->prepared_bytes), call->prepared_bytes.size},
                                   .width = about->width,
                                   .height = about->height};
    struct document document;
    enum err err = document_put(tx, &call->actor, &cmd, &call->fault, &document);
    if (err) return err;
    document_value(call, &document);
    return ERR_OK;
}

const struct api_route document_routes[] = {
    {HTTP_GET, "/v1/realname/document", WHO_PERSON, API_READ, .run.read = document_get,
     .about = "How far the review of my ID card is", .answer = "DocumentAnswer"},
    {HTTP_PUT, "/v1/realname/document/{side}", WHO_PERSON, API_WRITE,
     API_FIELDS(photo_fields, struct photo_body), .prepare = photo_prepare, .run.write = photo_put,
     .about = "Send a photo of one side of my ID card: the body is the JPEG or PNG",
     .answer = "DocumentAnswer", .file = &photo_file},
};
const size_t document_routes_count = API_COUNT(document_routes);
