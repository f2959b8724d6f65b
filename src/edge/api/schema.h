/* SPDX-License-Identifier: Apache-2.0 */
/* schema: the shapes of all answers, as rows of text that read like a table: "name:type", types string, integer, boolean, time, id or the name
 * of another shape; [] behind it for an array, ? for null as well. Every property is always there. */
#ifndef EDGE_API_SCHEMA_H
#define EDGE_API_SCHEMA_H

#include <stddef.h>

struct schema {
    const char *name, *properties;
};
extern const struct schema schemas[];
extern const size_t schemas_count;

#endif
