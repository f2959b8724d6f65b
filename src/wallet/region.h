/* SPDX-License-Identifier: Apache-2.0 */
/* region: the first six digits of an ID number: counties of GB/T 2260, abolished ones too, because a number keeps the region of
 * its first issue for life (tables/region.tsv). */
#ifndef WALLET_REGION_H
#define WALLET_REGION_H

#include <stdbool.h>

#include "base/text.h"

bool region_known(struct text code); /* six digits */

#endif
