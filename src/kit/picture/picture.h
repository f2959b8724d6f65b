/* SPDX-License-Identifier: Apache-2.0 */
/* picture: a photo that a stranger sent, made anew, so that nothing of what was sent is kept but how it looks.
 *
 * JPEG (libjpeg-turbo) or PNG (libpng) goes in, a baseline JPEG comes out: EXIF with its places and times, colour profiles, comments, and
 * whatever somebody hung behind or between (a page, a script, an archive) stay outside. EXIF is not even read, so a photo that only says
 * of itself that it is turned comes out unturned; who sends it (the app) turns it before.
 *
 * Bounds, all judged before memory is taken: bytes, either side, pixels, passes of a progressive JPEG. Rows run through one by one and are
 * shrunk by a whole factor on the way, so memory is that of a row, but for a progressive JPEG, which needs two bytes a pixel and colour.
 * With the bounds the longest takes about a second. An interlaced PNG would need all of its pixels at once and is none of ours. */
#ifndef KIT_PICTURE_PICTURE_H
#define KIT_PICTURE_PICTURE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

enum {
    PICTURE_BYTES_MAX = 4 << 20,
    PICTURE_SIDE_MIN = 240, /* the shorter one: below this no writing can be read */
    PICTURE_SIDE_MAX = 8192,
    PICTURE_PIXELS_MAX = 16 << 20,
    PICTURE_PASSES_MAX = 24,
    PICTURE_OUT_SIDE_MAX = 1600,
    PICTURE_OUT_BYTES_MAX = 3 << 20,
};

enum picture_kind { PICTURE_NONE, PICTURE_JPEG, PICTURE_PNG };
enum picture_kind picture_kind(struct text given); /* by its first bytes */

struct picture {
    int width, height; /* of what came out */
};
/* out: to be initialised with PICTURE_OUT_BYTES_MAX; gets the JPEG. ERR_PICTURE_KIND, ERR_PICTURE_TOO_LARGE, ERR_PICTURE_TOO_SMALL,
 * ERR_PICTURE_DAMAGED; then what out holds is nothing. */
enum err picture_remake(struct text given, struct buf *out, struct picture *about);

#endif
