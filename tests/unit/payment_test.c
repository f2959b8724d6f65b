/* SPDX-License-Identifier: Apache-2.0 */
/* Stories of money (payment/story.h), from a purchase to random acts: a file of payment/ each, one program, because its PostgreSQL is started once. */
#include "payment/story.h"

static const struct {
    const struct CMUnitTest *stories;
    const size_t *count;
} parts[] = {
#define PART(name) {name##_stories, &name##_stories_count},
    STORIES(PART)
#undef PART
};

enum { STORIES_MAX = 128 };

int main(void) {
    static struct CMUnitTest all[STORIES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (size_t story = 0; story < *parts[i].count; story++) {
            assert_true(count < STORIES_MAX);
            all[count++] = parts[i].stories[story];
        }
    return _cmocka_run_group_tests("payment", all, count, NULL, NULL);
}
