/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/function.h"

#include "wallet/freeze.h"
#include "wallet/maintenance.h"

static const struct function_row rows[] = {
#define FUNCTION(name, number, outside, label, label_zh) {FUNCTION_##name, outside, label, label_zh},
#include "wallet/function.def"
#undef FUNCTION
};
enum { ROWS = sizeof rows / sizeof rows[0] };

const struct function_row *function_rows(size_t *count) {
    *count = ROWS;
    return rows;
}

const struct function_row *function_row(enum function function) {
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].function == function) return &rows[i];
    return NULL;
}

enum function function_of_name(struct text name) {
    for (size_t i = 0; i < ROWS; i++)
        if (text_is(name, rows[i].name)) return rows[i].function;
    return FUNCTION_NONE;
}

enum err function_check(struct tx *tx, const struct actor *actor, enum function function, struct fault *fault) {
    if (actor->frozen & FUNCTION_BIT(function))
        return freeze_refuse_function(tx, actor->person, function, fault);
    return maintenance_check(tx, function, fault);
}
