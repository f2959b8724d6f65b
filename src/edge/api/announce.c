/* SPDX-License-Identifier: Apache-2.0 */
/* Announcements that are for me, and that I have read one. */
#include "wallet/announce.h"

#include "edge/api/api.h"
#include "kit/markdown/markdown.h"

static void announcement_value(struct api_call *call, const struct announcement *a) {
    json_begin_object(call->out);
    api_key_id(call, "id", ID_ANNOUNCEMENT, a->id);
    json_key_str(call->out, "title", a->title[LANG_EN]);
    json_key_str(call->out, "title_zh", a->title[LANG_ZH]);
    json_key(call->out, "blocks");
    markdown_json(text_of(a->body[LANG_EN]), call->out);
    json_key(call->out, "blocks_zh");
    markdown_json(text_of(a->body[LANG_ZH]), call->out);
    json_key_bool(call->out, "pinned", a->pinned);
    json_key_bool(call->out, "read", a->read);
    json_key_time(call->out, "from_at", a->from_ms);
    json_key_time(call->out, "until_at", a->until_ms);
    json_end_object(call->out);
}

static enum err announcements_get(struct api_call *call, struct view *view) {
    struct announcement *items = arena_alloc(&call->request->arena, ANNOUNCEMENTS_SHOWN_MAX * sizeof *items);
    size_t count = announce_list(view, &call->actor, items, ANNOUNCEMENTS_SHOWN_MAX);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) announcement_value(call, &items[i]);
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

struct one_body {
    uint64_t id;
};
static const struct api_field one_fields[] = {
    FIELD_ID(struct one_body, id, "id", ID_ANNOUNCEMENT, REQUIRED | IN_PATH, "one that is for me"),
};

static enum err read_post(struct api_call *call, struct tx *tx) {
    const struct one_body *body = call->body;
    enum err err = announce_read(tx, &call->actor, body->id, &call->fault);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key_bool(call->out, "read", true);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route announce_routes[] = {
    {HTTP_GET, "/v1/announcements", WHO_PERSON, API_READ, .run.read = announcements_get,
     .about = "What is announced to me now, pinned first, then the newest", .answer = "Announcements"},
    {HTTP_POST, "/v1/announcements/{id}/read", WHO_PERSON, API_WRITE, API_FIELDS(one_fields, struct one_body),
     .run.write = read_post, .flags = API_ANYTIME, .about = "I have read it", .answer = "AnnouncementRead"},
};
const size_t announce_routes_count = API_COUNT(announce_routes);
