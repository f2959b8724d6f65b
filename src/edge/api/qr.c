/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/qr.h"

#include <qrencode.h>

enum { QUIET = 4 };

bool qr_draw(const char *text, enum qr_kind kind, struct buf *path, int *side) {
    QRcode *code = kind == QR_DIGITS ? QRcode_encodeString(text, 0, QR_ECLEVEL_Q, QR_MODE_8, 1)
                                     : QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code) return false;
    for (int y = 0; y < code->width; y++) {
        const unsigned char *row = code->data + y * code->width;
        for (int x = 0, run; x < code->width; x += run) { /* each run of dark modules in a row is a rectangle */
            for (run = 1; x + run < code->width && (row[x + run] & 1) == (row[x] & 1); run++) {}
            if (row[x] & 1) buf_format(path, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, run, run);
        }
    }
    *side = code->width + 2 * QUIET;
    QRcode_free(code);
    return true;
}
