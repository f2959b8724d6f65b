/* SPDX-License-Identifier: Apache-2.0 */
/* Marks: where a list goes on, as texts that are opaque outside. */
#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "edge/api/api.h"

/* A mark: tag ‖ (mark xor pad). The tag is a MAC over whose list it is, which list, and the mark; the pad is a MAC of the
 * tag. (Deterministic encryption as in RFC 5297: what a mark says stays ours, and a bent or borrowed one is none.) */
enum { CURSOR_TAG = 16 };
_Static_assert((int)CURSOR_BYTES <= (int)MAC_SIZE, "one pad covers a position");

static void mark_tag(const struct api_call *call, const char *list, const unsigned char *mark, size_t size,
                     unsigned char tag[MAC_SIZE]) {
    unsigned char said[8 + CURSOR_BYTES + 128];
    size_t path = strlen(list), at = 0;
    uint64_t person = call->actor.person.n;
    assert(path <= 128);
    memcpy(said, &person, sizeof person), at += sizeof person;
    memcpy(said + at, mark, size), at += size;
    memcpy(said + at, list, path), at += path;
    keys_mac(call->keys, KEY_CURSOR, said, at, tag);
}

static void mark_cover(const struct api_call *call, const unsigned char tag[CURSOR_TAG], unsigned char *mark,
                       size_t size) {
    unsigned char pad[MAC_SIZE];
    keys_mac(call->keys, KEY_CURSOR, tag, CURSOR_TAG, pad);
    for (size_t i = 0; i < size; i++) mark[i] ^= pad[i];
}

void api_mark_key(struct api_call *call, const char *key, const char *list, const void *mark, size_t size) {
    unsigned char bytes[CURSOR_TAG + CURSOR_BYTES], tag[MAC_SIZE];
    char shown[sodium_base64_ENCODED_LEN(sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
    assert(size <= CURSOR_BYTES);
    mark_tag(call, list, mark, size, tag);
    memcpy(bytes, tag, CURSOR_TAG);
    memcpy(bytes + CURSOR_TAG, mark, size);
    mark_cover(call, tag, bytes + CURSOR_TAG, size);
    sodium_bin2base64(shown, sizeof shown, bytes, CURSOR_TAG + size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    json_key_str(call->out, key, shown);
}

enum err api_mark_read(struct api_call *call, const char *field, const char *list, struct text shown,
                       void *mark, size_t size) {
    unsigned char bytes[CURSOR_TAG + CURSOR_BYTES], tag[MAC_SIZE];
    size_t got = 0;
    bool read = sodium_base642bin(bytes, sizeof bytes, shown.p, shown.n, NULL, &got, NULL,
                                  sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
    if (read && got == CURSOR_TAG + size) {
        mark_cover(call, bytes, bytes + CURSOR_TAG, size);
        mark_tag(call, list, bytes + CURSOR_TAG, size, tag);
        if (crypto_equal(bytes, tag, CURSOR_TAG)) {
            memcpy(mark, bytes + CURSOR_TAG, size);
            return ERR_OK;
        }
    }
    return fault_field(&call->fault, ERR_BAD_CURSOR, field);
}

void api_cursor_key(struct api_call *call, const void *position, size_t size) {
    if (position) api_mark_key(call, "next_cursor", call->route->path, position, size);
    else json_key_null(call->out, "next_cursor");
}

enum err api_cursor_read(struct api_call *call, struct text shown, void *position, size_t size) {
    return api_mark_read(call, "/cursor", call->route->path, shown, position, size);
}
