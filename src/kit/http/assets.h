/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assets: the files of the web app, inside the binary.
 *
 * scripts/embed writes the table at build time from web/dist, sorted by path, each file with its type, its
 * gzip'd copy (when that is smaller) and a strong ETag made of its SHA-256. When the web app was not built, the
 * table holds the pages of web/fallback, which say so.
 */
#ifndef KIT_HTTP_ASSETS_H
#define KIT_HTTP_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct asset {
    const char *path;          /* "/index.html": from the root of the site */
    const char *type;          /* "text/html; charset=utf-8" */
    const char *etag;          /* with its quotes, as it stands in the header */
    const unsigned char *body; /* size bytes, then a NUL that does not count */
    size_t size;
    const unsigned char *gz; /* NULL when gzip does not make it smaller */
    size_t gz_size;
    bool immutable; /* its name holds its hash: it may be cached for ever */
};

extern const struct asset assets[];
extern const size_t assets_count;

#endif
