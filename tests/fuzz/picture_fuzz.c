/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a photo: what is taken comes out within the bounds, as a JPEG that is taken again, and of which nothing was kept. */
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "kit/picture/picture.h"

static bool holds(const struct buf *buf, const char *words) {
    return memmem(buf->bytes, buf->size, words, strlen(words)) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct text given = {(const char *)bytes, size};
    struct buf out, again;
    struct picture about, same;
    buf_init(&out, PICTURE_OUT_BYTES_MAX);
    buf_init(&again, PICTURE_OUT_BYTES_MAX);
    enum err err = picture_remake(given, &out, &about);
    if (err != ERR_OK) {
        assert(out.size == 0);
        assert(err == ERR_PICTURE_KIND || err == ERR_PICTURE_TOO_LARGE || err == ERR_PICTURE_TOO_SMALL ||
               err == ERR_PICTURE_DAMAGED);
    } else {
        assert(about.width <= PICTURE_OUT_SIDE_MAX && about.height <= PICTURE_OUT_SIDE_MAX);
        assert(picture_kind((struct text){buf_text(&out), out.size}) == PICTURE_JPEG);
        assert(!holds(&out, "Exif") && !holds(&out, "<script"));
        enum err second = picture_remake((struct text){buf_text(&out), out.size}, &again, &same);
        if (about.width >= PICTURE_SIDE_MIN && about.height >= PICTURE_SIDE_MIN)
            assert(second == ERR_OK && same.width == about.width && same.height == about.height);
        else assert(second == ERR_PICTURE_TOO_SMALL);
    }
    buf_release(&out);
    buf_release(&again);
    return 0;
}
