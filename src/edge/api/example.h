/* SPDX-License-Identifier: Apache-2.0 */
/* example: one curl command a route, written from its row, so that none is missing and none is old.
 *
 * What only an installation can know is a variable of the shell, called as the answer calls it that gives it ($card_id, $phone); a text of the
 * page says so once. $QB is the address, $jar a file for the session's cookie, $key a new operation number. tests/api/docs_story.py
 * sets them and runs every command as it stands here. */
#ifndef EDGE_API_EXAMPLE_H
#define EDGE_API_EXAMPLE_H

#include "base/buf.h"
#include "edge/api/api.h"

void example_write(const struct api_route *route, struct buf *out);

#endif
