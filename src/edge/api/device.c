/* SPDX-License-Identifier: Apache-2.0 */
/* The devices that used my wallet, signed in or not. */
#include "wallet/device.h"

#include "edge/api/api.h"

static enum err devices_get(struct api_call *call, struct view *view) {
    struct device_item items[DEVICES_LISTED_MAX];
    size_t count = device_list(view, call->actor.person, call->has_device ? call->device_hash : NULL, items,
                               DEVICES_LISTED_MAX);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(call->out);
        api_key_id(call, "id", ID_DEVICE, items[i].id);
        json_key_str(call->out, "name", items[i].name);
        json_key_bool(call->out, "current", items[i].current);
        json_key_time(call->out, "first_used_at", items[i].first_ms);
        json_key_time(call->out, "last_used_at", items[i].last_ms);
        json_key_i64(call->out, "days", items[i].days);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_key_null(call->out, "next_cursor");
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route device_routes[] = {
    {HTTP_GET, "/v1/devices", WHO_PERSON, API_READ, .run.read = devices_get,
     .about = "The devices that my wallet was used on: first, last, and on how many days", .answer = "Devices"},
};
const size_t device_routes_count = API_COUNT(device_routes);
