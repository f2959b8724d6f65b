/* SPDX-License-Identifier: Apache-2.0 */
/* page: how an answer is printed for a person.
 *
 * page_all prints any result: a line a key, objects indented, a list of objects as a table with a column a key; amounts (keys of the table
 * in page.c) in yuan, times as they come. Most commands need nothing else. */
#ifndef EDGE_CONTROL_PAGE_H
#define EDGE_CONTROL_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* "", 0, false: there is no such key. */
const char *page_text(const json_t *object, const char *key);
int64_t page_i64(const json_t *object, const char *key);
bool page_is(const json_t *object, const char *key);

void page_all(const json_t *result, FILE *out);
/* Columns as wide as their widest value; nothing for an empty list. */
void page_rows(const json_t *items, int indent, FILE *out);

#endif
