/* SPDX-License-Identifier: Apache-2.0 */
/* json_in: reads one JSON object that came from outside; jansson behind the caps that an open port needs.
 *
 * Refused: duplicate keys, anything behind the value, depth over JSON_DEPTH_MAX, more than JSON_VALUES_MAX values, bad UTF-8, \u0000,
 * reals in any spelling (1.0, 1e2, -0.0), integers outside ±(2^53 - 1), and -0. A cheap scan refuses bombs before the parser sees them. */
#ifndef KIT_JSON_JSON_IN_H
#define KIT_JSON_JSON_IN_H

#include <jansson.h>

#include "base/err.h"
#include "base/text.h"

enum { JSON_DEPTH_MAX = 8, JSON_VALUES_MAX = 512, JSON_SIZE_MAX = 65536 };
#define JSON_INTEGER_MAX ((int64_t)9007199254740991)

/* The object, to be released with json_decref; ERR_BAD_JSON or ERR_TOO_LARGE otherwise. */
enum err json_read_object(struct text text, json_t **out);
/* The same with as many values as the caller states: an answer of a known size, of somebody whose signature was checked. */
enum err json_read_answer(struct text text, size_t values_max, json_t **out);

#endif
