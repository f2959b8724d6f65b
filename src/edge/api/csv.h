/* SPDX-License-Identifier: Apache-2.0 */
/* csv: a table as a text that spreadsheets open (RFC 4180, UTF-8 with a mark, CRLF). A text that a spreadsheet would take for a formula (it begins with
 * = + - @, a tab or a return) gets an apostrophe in front, so that it is shown and not run. */
#ifndef EDGE_API_CSV_H
#define EDGE_API_CSV_H

#include "base/buf.h"
#include "base/money.h"

void csv_begin(struct buf *out);
/* Cells of a row, one after the other; csv_end_row behind the last. */
void csv_text(struct buf *out, const char *text);
void csv_money(struct buf *out, struct money amount); /* in yuan: 12.30 */
void csv_nothing(struct buf *out);
void csv_end_row(struct buf *out);

#endif
