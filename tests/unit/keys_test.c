/* SPDX-License-Identifier: Apache-2.0 */
/* Keys: the file, known vectors, sealing that notices every change, numbers that cannot be guessed, passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rand.h"
#include "kit/crypto/keys.h"

static char folder[] = "/tmp/qianbao-keys-XXXXXX";
static struct keys *keys;

static const char *in_folder(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text, mode_t mode) {
    FILE *file = fopen(in_folder(name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(in_folder(name), mode);
}

#define A_KEY "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"

static int open_keys(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    write_file("known", "qianbao keys 1\n" A_KEY, 0600);
    return keys_open(in_folder("known"), false, &keys) == ERR_OK ? 0 : -1;
}

static int close_keys(void **state) {
    (void)state;
    keys_free(keys);
    keys_free(NULL);
    const char *const names[] = {"known", "made", "open", "damaged", "link"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) unlink(in_folder(names[i]));
    return rmdir(folder); /* fails when a file was left behind */
}

/* --- the file --- */

static void a_first_start_makes_the_file(void **state) {
    (void)state;
    struct keys *made = NULL, *again = NULL;
    assert_int_equal(keys_open(in_folder("made"), false, &made), ERR_CONFIG);
    assert_null(made);
    assert_int_equal(keys_open(in_folder("made"), true, &made), ERR_OK);
    struct stat facts;
    assert_int_equal(stat(in_folder("made"), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(keys_open(in_folder("made"), true, &again), ERR_OK); /* and a second one keeps it */
    assert_int_equal(keys_number(again), 1);
    for (int use = 0; use < KEY_COUNT; use++) {
        assert_memory_equal(keys_bytes(made, (enum key_use)use), keys_bytes(again, (enum key_use)use), 32);
        assert_memory_not_equal(keys_bytes(made, (enum key_use)use), keys_bytes(keys, (enum key_use)use), 32);
    }
    keys_free(made);
    keys_free(again);
}

static void a_file_that_others_may_read_is_refused(void **state) {
    (void)state;
    struct keys *none = NULL;
    const mode_t modes[] = {0640, 0604, 0660, 0644};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        write_file("open", "qianbao keys 1\n" A_KEY, modes[i]);
        assert_int_equal(keys_open(in_folder("open"), true, &none), ERR_CONFIG);
    }
    assert_null(none);
}

static void a_damaged_file_is_refused_and_kept(void **state) {
    (void)state;
    const char *const texts[] = {
        "",
        "qianbao keys 1\n",
        "qianbao keys 2\n" A_KEY,
        "qianbao keys 1\n" A_KEY "more\n",
        "qianbao keys 1\n0 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
        "qianbao keys 1\n1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1\n\n",
        "qianbao keys 1\n1 zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct keys *none = NULL;
        write_file("damaged", texts[i], 0600);
        assert_int_equal(keys_open(in_folder("damaged"), true, &none), ERR_CONFIG);
        struct stat facts;
        assert_int_equal(stat(in_folder("damaged"), &facts), 0);
        assert_int_equal(facts.st_size, strlen(texts[i]));
    }
}

static void a_link_is_not_followed(void **state) {
    (void)state;
    char target[128];
    snprintf(target, sizeof target, "%s", in_folder("known"));
    assert_int_equal(symlink(target, in_folder("link")), 0);
    struct keys *none = NULL;
    assert_int_equal(keys_open(in_folder("link"), true, &none), ERR_CONFIG);
}

/* --- macs and digests --- */

static void assert_hex(const unsigned char *bytes, size_t size, const char *hex) {
    char text[2 * 64 + 1];
    sodium_bin2hex(text, sizeof text, bytes, size);
    assert_string_equal(text, hex);
}

/* The master of the test is 00..1f; the values below come from Python's hmac:
 * k = hmac(master, b"qianbao 1 pin"), then hmac(k, b"123456"). */
static void a_use_has_its_own_key(void **state) {
    (void)state;
    unsigned char mac[MAC_SIZE];
    assert_hex(keys_bytes(keys, KEY_PIN), 32,
               "af1327c09bbd4c27a57fd49b9efe675892e5b0f1539b4106fefba9add83041f2");
    keys_mac(keys, KEY_PIN, "123456", 6, mac);
    assert_hex(mac, MAC_SIZE, "06624508f60ec0c89201e38ffb6ad0d349cff80f614b4cfa317ebef66bcfb496");
    for (int a = 0; a < KEY_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_memory_not_equal(keys_bytes(keys, (enum key_use)a), keys_bytes(keys, (enum key_use)b), 32);
}

/* RFC 4231, cases 1 to 4, for what keys_mac is made of: state begun with a key, then the message. */
static void hmac_is_that_of_rfc_4231(void **state) {
    (void)state;
    static const struct {
        const char *key, *message, *mac;
    } rows[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
         "d",
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {"0102030405060708090a0b0c0d0e0f10111213141516171819",
         "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdc"
         "d",
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char key[64], message[64], mac[32];
        size_t key_size = 0, message_size = 0;
        sodium_hex2bin(key, sizeof key, rows[i].key, strlen(rows[i].key), NULL, &key_size, NULL);
        sodium_hex2bin(message, sizeof message, rows[i].message, strlen(rows[i].message), NULL, &message_size,
                       NULL);
        crypto_auth_hmacsha256_state hmac;
        crypto_auth_hmacsha256_init(&hmac, key, key_size);
        crypto_auth_hmacsha256_update(&hmac, message, message_size);
        crypto_auth_hmacsha256_final(&hmac, mac);
        assert_hex(mac, 32, rows[i].mac);
    }
}

static void sha256_is_that_of_fips_180(void **state) {
    (void)state;
    unsigned char hash[32];
    crypto_sha256("abc", 3, hash);
    assert_hex(hash, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypto_sha256("", 0, hash);
    assert_hex(hash, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* --- sealing --- */

static void what_was_sealed_comes_back(void **state) {
    (void)state;
    const char plain[] = "11010519491231002X";
    unsigned char sealed[sizeof plain + SEAL_EXTRA], again[sizeof sealed], open[sizeof plain];
    keys_seal(keys, KEY_ID_NUMBER, "realname.id.7", plain, sizeof plain, sealed);
    assert_true(keys_unseal(keys, KEY_ID_NUMBER, "realname.id.7", sealed, sizeof sealed, open));
    assert_memory_equal(open, plain, sizeof plain);
    keys_seal(keys, KEY_ID_NUMBER, "realname.id.7", plain, sizeof plain, again);
    assert_memory_not_equal(sealed, again, sizeof sealed); /* a nonce of its own each time */

    keys_seal(keys, KEY_CARD, "empty", NULL, 0, sealed);
    assert_true(keys_unseal(keys, KEY_CARD, "empty", sealed, SEAL_EXTRA, open));
}

static void every_change_is_noticed(void **state) {
    (void)state;
    const char plain[] = "6225880000000000";
    unsigned char sealed[sizeof plain + SEAL_EXTRA], open[sizeof plain];
    keys_seal(keys, KEY_CARD, "card.number.7", plain, sizeof plain, sealed);
    for (size_t i = 0; i < sizeof sealed; i++) { /* any bit of nonce, text or tag */
        sealed[i] ^= 1;
        assert_false(keys_unseal(keys, KEY_CARD, "card.number.7", sealed, sizeof sealed, open));
        sealed[i] ^= 1;
    }
    assert_false(keys_unseal(keys, KEY_CARD, "card.number.8", sealed, sizeof sealed, open)); /* moved */
    assert_false(keys_unseal(keys, KEY_CODE, "card.number.7", sealed, sizeof sealed, open)); /* other use */
    for (size_t size = 0; size < sizeof sealed; size++)                                      /* cut */
        assert_false(keys_unseal(keys, KEY_CARD, "card.number.7", sealed, size, open));
    assert_true(keys_unseal(keys, KEY_CARD, "card.number.7", sealed, sizeof sealed, open));
}

/* --- numbers, outside --- */

static struct text shown(const char *id) {
    return (struct text){id, strlen(id)};
}

static void a_number_comes_back_from_its_id(void **state) {
    (void)state;
    const uint64_t numbers[] = {1, 2, 1000, UINT64_C(1) << 48, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char id[PUBLIC_ID_SIZE + 1], other[PUBLIC_ID_SIZE + 1];
        uint64_t back = 0;
        keys_id_show(keys, ID_PAYMENT, numbers[i], id);
        assert_int_equal(strlen(id), PUBLIC_ID_SIZE);
        assert_int_equal(strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), PUBLIC_ID_SIZE);
        assert_true(keys_id_read(keys, ID_PAYMENT, shown(id), &back));
        assert_true(back == numbers[i]);
        keys_id_show(keys, ID_PAYMENT, numbers[i], other);
        assert_string_equal(id, other); /* one number, one id */
        keys_id_show(keys, ID_CARD, numbers[i], other);
        assert_string_not_equal(id, other);
    }
}

/* What a person types from paper: small letters, O for 0, I and L for 1. */
static void an_id_may_be_typed(void **state) {
    (void)state;
    for (uint64_t number = 1; number <= 200; number++) {
        char id[PUBLIC_ID_SIZE + 1];
        keys_id_show(keys, ID_ORDER, number, id);
        for (char *c = id; *c; c++)
            *c = *c == '0' ? 'O' : *c == '1' ? (number & 1 ? 'l' : 'I') : *c >= 'A' ? (char)(*c + 32) : *c;
        uint64_t back = 0;
        assert_true(keys_id_read(keys, ID_ORDER, shown(id), &back));
        assert_true(back == number);
    }
}

static void an_id_is_good_for_one_kind_and_one_house(void **state) {
    (void)state;
    char id[PUBLIC_ID_SIZE + 1];
    uint64_t untouched = 77;
    keys_id_show(keys, ID_PERSON, 42, id);
    for (int kind = ID_SESSION; kind <= ID_NOTICE; kind++)
        assert_false(keys_id_read(keys, (enum id_kind)kind, shown(id), &untouched));
    struct keys *others = NULL;
    assert_int_equal(keys_open(in_folder("made"), true, &others), ERR_OK);
    assert_false(keys_id_read(others, ID_PERSON, shown(id), &untouched));
    keys_free(others);
    assert_true(untouched == 77);
}

static void ids_cannot_be_guessed(void **state) {
    (void)state;
    char id[PUBLIC_ID_SIZE + 1];
    uint64_t number = 0;
    keys_id_show(keys, ID_PAYMENT, 1000, id);
    for (int place = 0; place < PUBLIC_ID_SIZE; place++) { /* neighbours of a real one: every other character */
        char was = id[place];
        for (const char *c = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; *c; c++) {
            if (*c == was) continue;
            id[place] = *c;
            assert_false(keys_id_read(keys, ID_PAYMENT, shown(id), &number));
        }
        id[place] = was;
    }
    for (int tries = 0; tries < 20000; tries++) { /* and chance */
        for (int place = 0; place < PUBLIC_ID_SIZE; place++)
            id[place] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[rand_below(place ? 32 : 8)];
        assert_false(keys_id_read(keys, ID_PAYMENT, shown(id), &number));
    }
    const char *const wrong[] = {"",
                                 "1",
                                 "U0000000000000000000000000",
                                 "00000000000000000000000000",
                                 "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
                                 "0000000000000000000000000-",
                                 "000000000000000000000000000"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(keys_id_read(keys, ID_PAYMENT, shown(wrong[i]), &number));
}

/* --- passwords --- */

static void a_password_is_known_again(void **state) {
    (void)state;
    char hash[PASSWORD_HASH_MAX], other[PASSWORD_HASH_MAX];
    assert_int_equal(password_hash(TEXT("水调歌头-1076"), hash), ERR_OK);
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_true(password_verify(hash, TEXT("水调歌头-1076")));
    assert_false(password_verify(hash, TEXT("水调歌头-1077")));
    assert_false(password_verify(hash, TEXT("")));
    assert_false(password_verify("", TEXT("水调歌头-1076")));
    assert_int_equal(password_hash(TEXT("水调歌头-1076"), other), ERR_OK);
    assert_string_not_equal(hash, other);
    password_verify_dummy(TEXT("水调歌头-1076"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_start_makes_the_file),
        cmocka_unit_test(a_file_that_others_may_read_is_refused),
        cmocka_unit_test(a_damaged_file_is_refused_and_kept),
        cmocka_unit_test(a_link_is_not_followed),
        cmocka_unit_test(a_use_has_its_own_key),
        cmocka_unit_test(hmac_is_that_of_rfc_4231),
        cmocka_unit_test(sha256_is_that_of_fips_180),
        cmocka_unit_test(what_was_sealed_comes_back),
        cmocka_unit_test(every_change_is_noticed),
        cmocka_unit_test(a_number_comes_back_from_its_id),
        cmocka_unit_test(an_id_may_be_typed),
        cmocka_unit_test(an_id_is_good_for_one_kind_and_one_house),
        cmocka_unit_test(ids_cannot_be_guessed),
        cmocka_unit_test(a_password_is_known_again),
    };
    return cmocka_run_group_tests(tests, open_keys, close_keys);
}
