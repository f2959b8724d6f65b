/* SPDX-License-Identifier: Apache-2.0 */
/* front: what the port answers while the server reads and proves its books at the start, and the wallet once it stands behind it.
 *
 * Until then nothing is known, least of all a zero: the pages of the app are given out, and whatever else is asked is refused by STARTING
 * (503, to be asked again). */
#ifndef EDGE_API_FRONT_H
#define EDGE_API_FRONT_H

#include <stdatomic.h>

#include "edge/api/api.h"

struct front {
    _Atomic(struct api *) api; /* NULL: not yet */
    bool sandbox, tls;
};

/* Of struct http_config, with the front as their arg. */
void front_handle(struct http_request *request, void *arg);
size_t front_body_most(const struct http_request *request, void *arg);
void front_reject_body(const struct http_request *request, int status, struct http_reply *reply, void *arg);

#endif
