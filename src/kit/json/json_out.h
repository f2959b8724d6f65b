/* SPDX-License-Identifier: Apache-2.0 */
/* json_out: writes one JSON value into a buffer, escaping as it goes.
 *
 * Commas are put by the writer; keys are literals of ours. Text must be valid UTF-8 (what is not comes out as U+FFFD). Besides what
 * JSON demands, < > & and the line separators U+2028/9 are escaped, so that an answer is harmless wherever it is pasted.
 *
 *     json_begin_object(out);
 *     json_key(out, "amount"); json_i64(out, 1250);
 *     json_key(out, "note");   json_text(out, note);
 *     json_end_object(out);
 *
 * The buffer's `failed` tells at the end whether all of it fitted. */
#ifndef KIT_JSON_JSON_OUT_H
#define KIT_JSON_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"

struct json_out {
    struct buf *buf;
    bool comma; /* the next value or key needs one in front */
};

struct json_out json_out_to(struct buf *buf);

void json_begin_object(struct json_out *out);
void json_end_object(struct json_out *out);
void json_begin_array(struct json_out *out);
void json_end_array(struct json_out *out);
void json_key(struct json_out *out, const char *key);

void json_text(struct json_out *out, struct text value);
void json_str(struct json_out *out, const char *nul_ended); /* NULL writes null */
void json_i64(struct json_out *out, int64_t value);
void json_bool(struct json_out *out, bool value);
void json_none(struct json_out *out);
void json_time(struct json_out *out, int64_t time_ms); /* RFC 3339, +08:00; 0 writes null */
void json_raw(struct json_out *out, struct text json); /* a value that is JSON already */

/* key and value in one */
void json_key_text(struct json_out *out, const char *key, struct text value);
void json_key_str(struct json_out *out, const char *key, const char *nul_ended);
void json_key_i64(struct json_out *out, const char *key, int64_t value);
void json_key_bool(struct json_out *out, const char *key, bool value);
void json_key_null(struct json_out *out, const char *key);
void json_key_time(struct json_out *out, const char *key, int64_t time_ms);

#endif
