/* SPDX-License-Identifier: Apache-2.0 */
/* table: how the tables of data.h are read: a row a line, a tab between its fields; empty lines and comments (#) are no rows.
 *
 *     struct text rest = table_of(data_bin_tsv, data_bin_tsv_size), row;
 *     while (table_row(&rest, &row)) {
 *         struct text prefix = text_cut(&row, '\t'), length = text_cut(&row, '\t');
 *         ...
 *     }
 *
 * A first row of titles is a row like any other. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>

#include "base/text.h"

struct text table_of(const unsigned char *bytes, size_t size);
bool table_row(struct text *rest, struct text *out); /* false: that was all */

#endif
