/* SPDX-License-Identifier: Apache-2.0 */
/* photos: what `qianbao realname review` does with the answer: the facts on the terminal, the photos in files that only their owner reads. */
#ifndef BIN_PHOTOS_H
#define BIN_PHOTOS_H

#include <jansson.h>

#include "edge/control/command.h"
#include "edge/control/typed.h"

enum command_end photos_show(const struct typed *typed, const json_t *result);

#endif
