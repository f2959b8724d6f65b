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

static bool is_dark(const QRcode *code, int x, int y) {
    x -= QUIET, y -= QUIET;
    return x >= 0 && y >= 0 && x < code->width && y < code->width && code->data[y * code->width + x] & 1;
}

bool qr_blocks(const char *text, bool plain, struct buf *out) {
    static const char *const blocks[2][2] = {{" ", "▄"}, {"▀", "█"}}; /* upper dark, lower dark */
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
    if (!code) return false;
    int side = code->width + 2 * QUIET;
    for (int y = 0; y < side; y += 2) {
        buf_add_text(out, plain ? "" : "\033[30;107m");
        for (int x = 0; x < side; x++)
            buf_add_text(out, blocks[is_dark(code, x, y)][is_dark(code, x, y + 1)]);
        buf_add_text(out, plain ? "\n" : "\033[0m\n");
    }
    QRcode_free(code);
    return true;
}
