/* SPDX-License-Identifier: Apache-2.0 */
/* limit: a limit, for the pages that show one. */
#ifndef EDGE_API_LIMIT_H
#define EDGE_API_LIMIT_H

#include "edge/api/api.h"
#include "wallet/limit.h"

void limit_value(struct api_call *call, const struct limit_line *line);

#endif
