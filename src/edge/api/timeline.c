/* SPDX-License-Identifier: Apache-2.0 */
/* The balance over time. */
#include "wallet/timeline.h"

#include "edge/api/api.h"

static const char *const steps[] = {[TIMELINE_DAY] = "day", [TIMELINE_MONTH] = "month", NULL};

struct timeline_body {
    int by;
    int64_t count;
};
static const struct api_field timeline_fields[] = {
    FIELD_CHOICE(struct timeline_body, by, "by", steps, OPTIONAL | IN_QUERY, "days unless given"),
    FIELD_INT(struct timeline_body, count, "count", OPTIONAL | IN_QUERY, 1, TIMELINE_POINTS_MAX,
              "how many, 30 days or 12 months unless given"),
};

static enum err timeline_get(struct api_call *call, struct view *view) {
    const struct timeline_body *body = call->body;
    struct timeline_point points[TIMELINE_POINTS_MAX];
    enum timeline_step step = body->by == TIMELINE_MONTH ? TIMELINE_MONTH : TIMELINE_DAY;
    size_t count = body->count ? (size_t)body->count : step == TIMELINE_DAY ? 30 : 12, made;
    enum err err = timeline(view, &call->actor, step, count, &call->fault, points, &made);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key_str(call->out, "by", steps[step]);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < made; i++) {
        json_begin_object(call->out);
        json_key_time(call->out, "from", points[i].from_ms);
        json_key_time(call->out, "until", points[i].until_ms);
        json_key_i64(call->out, "posted", points[i].posted);
        json_key_i64(call->out, "in", points[i].in_fen);
        json_key_i64(call->out, "out", points[i].out_fen);
        json_key_i64(call->out, "own_in", points[i].own_in_fen);
        json_key_i64(call->out, "own_out", points[i].own_out_fen);
        json_key_i64(call->out, "count", points[i].count);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route timeline_routes[] = {
    {HTTP_GET, "/v1/balance/timeline", WHO_PERSON, API_READ,
     API_FIELDS(timeline_fields, struct timeline_body), .run.read = timeline_get,
     .about = "My balance at the end of each day or month, with what came in and went out",
     .answer = "Timeline", .flags = API_INDEX},
};
const size_t timeline_routes_count = API_COUNT(timeline_routes);
