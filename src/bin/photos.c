/* SPDX-License-Identifier: Apache-2.0 */
#include "bin/photos.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/control/page.h"

enum { PATH_ROOM = 4096 };

/* Never through a link that somebody laid there, and never for other eyes, whatever was there before. */
static bool file_write(const char *path, const unsigned char *bytes, size_t size) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool written = file >= 0 && fchmod(file, 0600) == 0;
    while (written && size > 0) {
        ssize_t some = write(file, bytes, size);
        written = some > 0;
        if (written) bytes += some, size -= (size_t)some;
    }
    if (file >= 0 && close(file) != 0) written = false;
    if (!written) fprintf(stderr, "qianbao: %s: %s\n", path, strerror(errno));
    return written;
}

static bool photo_write(const char *text, const char *path) {
    size_t room = strlen(text), size = 0;
    unsigned char *bytes = malloc(room + 1);
    bool written =
        bytes &&
        sodium_base642bin(bytes, room, text, room, NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
        file_write(path, bytes, size);
    free(bytes);
    return written;
}

static bool photos_write(const struct typed *typed, const json_t *result, const char *id) {
    static const char *const sides[] = {"front", "back"};
    const char *to = typed_value(typed, "to");
    char path[PATH_ROOM];
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        const char *photo = page_text(result, sides[i]);
        if (!*photo) continue;
        int size = snprintf(path, sizeof path, "%s/%s-%s.jpg", to ? to : ".", id, sides[i]);
        if (size >= PATH_ROOM || !photo_write(photo, path)) return false;
        printf("%-10s %s\n", sides[i], path);
    }
    return true;
}

enum command_end photos_show(const struct typed *typed, const json_t *result) {
    static const char *const facts[] = {"id", "phone", "name", "id_number", "state", "sent_at"};
    const char *id = page_text(result, "id");
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (*page_text(result, facts[i])) printf("%-10s %s\n", facts[i], page_text(result, facts[i]));
    printf("%-10s %lld\n%-10s %lld\n", "tier", (long long)page_i64(result, "tier"), "revision",
           (long long)page_i64(result, "revision"));
    bool whole = id[strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")] == '\0';
    if (!whole || !photos_write(typed, result, id)) return COMMAND_END_REFUSED;
    if (*page_text(result, "front") && strcmp(page_text(result, "state"), "waiting") == 0)
        printf("\nTo decide: qianbao realname review --by %s --id %s --revision %lld --verdict "
               "approve|blurred|cut|differs|expired|copy\n",
               typed_value(typed, "by"), id, (long long)page_i64(result, "revision"));
    return COMMAND_END_DONE;
}
