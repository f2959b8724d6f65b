/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/notify/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- URLs --- */

static bool part_is_there(CURLU *url, CURLUPart part) {
    char *value = NULL;
    bool there = curl_url_get(url, part, &value, 0) == CURLUE_OK && value && value[0];
    curl_free(value);
    return there;
}

static const char *url_fault(CURLU *url) {
    char *scheme = NULL;
    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) return "has no scheme";
    bool http = strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
    curl_free(scheme);
    if (!http) return "is neither http nor https";
    if (!part_is_there(url, CURLUPART_HOST)) return "has no host";
    if (part_is_there(url, CURLUPART_USER) || part_is_there(url, CURLUPART_PASSWORD)) return "names a user";
    if (part_is_there(url, CURLUPART_FRAGMENT)) return "has a fragment";
    return NULL;
}

enum err target_url_check(const char *text, char words[TARGET_WORDS_MAX]) {
    CURLU *url = curl_url();
    const char *fault = "cannot be read";
    if (url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) fault = url_fault(url);
    curl_url_cleanup(url);
    if (!fault) return ERR_OK;
    snprintf(words, TARGET_WORDS_MAX, "the address \"%.80s\" %s", text, fault);
    return ERR_CONFIG;
}

/* --- addresses --- */

struct net {
    const char *base;
    int bits;
};
/* RFC 6890 and its registries: what is not globally reachable. */
static const struct net nets4[] = {
    {"0.0.0.0", 8},     {"10.0.0.0", 8},      {"100.64.0.0", 10},  {"127.0.0.0", 8},    {"169.254.0.0", 16},
    {"172.16.0.0", 12}, {"192.0.0.0", 24},    {"192.0.2.0", 24},   {"192.88.99.0", 24}, {"192.168.0.0", 16},
    {"198.18.0.0", 15}, {"198.51.100.0", 24}, {"203.0.113.0", 24}, {"224.0.0.0", 4},    {"240.0.0.0", 4},
};
static const struct net nets6[] = {
    {"::", 96}, /* unspecified, ourselves, and the old form of IPv4 within */
    {"64:ff9b:1::", 48}, {"100::", 64},  {"2001::", 23}, {"2001:db8::", 32}, {"3fff::", 20},
    {"fc00::", 7},       {"fe80::", 10}, {"fec0::", 10}, {"ff00::", 8},
};

static bool bits_equal(const unsigned char *a, const unsigned char *b, int bits) {
    int bytes = bits / 8, rest = bits % 8;
    if (memcmp(a, b, (size_t)bytes) != 0) return false;
    return rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0;
}

static bool in_nets(int family, const unsigned char *address, const struct net *nets, size_t count) {
    unsigned char base[16];
    for (size_t i = 0; i < count; i++)
        if (inet_pton(family, nets[i].base, base) == 1 && bits_equal(address, base, nets[i].bits))
            return true;
    return false;
}

static bool public4(const unsigned char *address) {
    return !in_nets(AF_INET, address, nets4, sizeof nets4 / sizeof nets4[0]);
}

/* An IPv4 address within: mapped (::ffff:a.b.c.d), translated (64:ff9b::a.b.c.d), tunnelled (2002:aabb:ccdd::). */
static bool public6(const unsigned char *address) {
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff},
                               translated[12] = {0, 0x64, 0xff, 0x9b}, tunnelled[2] = {0x20, 0x02};
    if (memcmp(address, mapped, sizeof mapped) == 0) return public4(address + 12);
    if (memcmp(address, translated, sizeof translated) == 0) return public4(address + 12);
    if (memcmp(address, tunnelled, sizeof tunnelled) == 0) return public4(address + 2);
    return !in_nets(AF_INET6, address, nets6, sizeof nets6 / sizeof nets6[0]);
}

bool target_is_public(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return public4((const unsigned char *)&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    if (address->sa_family == AF_INET6)
        return public6((const unsigned char *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return false;
}

/* --- curl --- */

static curl_socket_t socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)arg;
    if (purpose != CURLSOCKTYPE_IPCXN || !target_is_public(&address->addr)) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void target_guard(CURL *curl, bool inside) {
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (!inside) curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, socket_open);
}
