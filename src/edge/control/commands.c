/* SPDX-License-Identifier: Apache-2.0 */
/* The command tables of all nouns; to add a noun, add its line: help shows them in this order. */
#include "edge/control/command.h"

// clang-format off
#define COMMANDS(X) \
    X(server) \
    X(person) \
    X(account) \
    X(payment) \
    X(entry) \
    X(limit) \
    X(merchant) \
    X(realname) \
    X(books) \
    X(reconcile) \
    X(case) \
    X(explain) \
    X(announce) \
    X(maintenance) \
    X(staff) \
    X(freeze) \
    X(store) \
    X(index) \
    X(qr) \
    X(sandbox)
// clang-format on

#define DECLARE(noun)                                  \
    extern const struct command_row noun##_commands[]; \
    extern const size_t noun##_commands_count;
COMMANDS(DECLARE)

const struct command_table command_tables[] = {
#define ROW(noun) {noun##_commands, &noun##_commands_count},
    COMMANDS(ROW)};
const size_t command_tables_count = COMMAND_COUNT(command_tables);
