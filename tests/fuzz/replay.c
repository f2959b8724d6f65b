/* SPDX-License-Identifier: Apache-2.0 */
/* replay: feeds a fuzzer each file of its corpus, in order, and says so in TAP. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 1 << 20 };

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* A block of just the right size, so that AddressSanitizer sees a read past its end. */
static uint8_t *read_input(const char *folder, const char *name, size_t *size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    uint8_t *room = malloc(INPUT_MAX);
    if (file == NULL || room == NULL) {
        perror(path);
        exit(1);
    }
    *size = fread(room, 1, INPUT_MAX, file);
    fclose(file);
    uint8_t *bytes = malloc(*size > 0 ? *size : 1);
    if (bytes == NULL) abort();
    memcpy(bytes, room, *size);
    free(room);
    return bytes;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    struct dirent **entries;
    int count = scandir(argv[1], &entries, visible, alphasort);
    if (count <= 0) {
        fprintf(stderr, "%s: no corpus\n", argv[1]);
        return 1;
    }
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        size_t size;
        uint8_t *bytes = read_input(argv[1], entries[i]->d_name, &size);
        LLVMFuzzerTestOneInput(bytes, size);
        printf("ok %d - %s\n", i + 1, entries[i]->d_name);
        fflush(stdout);
        free(bytes);
        free(entries[i]);
    }
    free(entries);
    return 0;
}
