/* SPDX-License-Identifier: Apache-2.0 */
/* qr: a text as a QR code, drawn as one path of SVG, or in the blocks of a terminal. */
#ifndef EDGE_API_QR_H
#define EDGE_API_QR_H

#include <stdbool.h>

#include "base/buf.h"

enum qr_kind {
    QR_TEXT,   /* any text, of medium correction */
    QR_DIGITS, /* digits, packed as such, of higher correction: read from a moving screen */
};

/* Appends the path; side: of the whole in modules, with the quiet zone of four that ISO/IEC 18004 asks. False: the text is too long. */
bool qr_draw(const char *text, enum qr_kind kind, struct buf *path, int *side);

/* For a terminal: two rows of modules in a line of half blocks, with the quiet zone, black on white whatever the terminal's colours are;
 * `plain` leaves the colours out. */
bool qr_blocks(const char *text, bool plain, struct buf *out);

#endif
