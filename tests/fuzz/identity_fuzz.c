/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what people type about themselves: what is taken has its one form, and what is shown of it hides what it should. */
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "base/civil.h"
#include "wallet/card.h"
#include "wallet/password.h"
#include "wallet/person.h"
#include "wallet/pin.h"
#include "wallet/realname.h"
#include "wallet/region.h"

static void an_id_number_is_what_it_says(struct text input, int64_t now_ms) {
    char number[ID_NUMBER_BYTES], again[ID_NUMBER_BYTES], masked[ID_NUMBER_BYTES];
    int birth = 0, birth_again = 0;
    if (id_number_check(input, now_ms, number, &birth) != ERR_OK) return;
    assert(strlen(number) == ID_NUMBER_PLACES && memcmp(number, input.p, ID_NUMBER_PLACES - 1) == 0);
    assert(region_known((struct text){number, 6}));
    assert(civil_valid(birth / 10000, birth / 100 % 100, birth % 100));
    assert(id_number_age(birth, now_ms) >= 0);
    assert(id_number_check(text_of(number), now_ms, again, &birth_again) == ERR_OK);
    assert(strcmp(number, again) == 0 && birth == birth_again);
    id_number_mask(number, masked);
    assert(strlen(masked) == ID_NUMBER_PLACES && strspn(masked + 3, "*") == 11);
}

static void a_name_hides_its_middle(struct text input) {
    char masked[NAME_MASKED_BYTES];
    size_t characters = 0;
    if (!realname_valid(input)) return;
    assert(input.n < REALNAME_BYTES); /* fits where it is unsealed */
    realname_mask(input, masked);
    struct text shown = text_of(masked);
    assert(text_utf8(shown, &characters) && text_printable(shown) && characters >= 2);
    assert(strchr(masked, '*'));
    assert(!text_equal(shown, input));
}

static void a_card_number_passes_luhn(struct text input) {
    struct fault fault;
    struct card_facts facts;
    if (card_lookup(input, &fault, &facts) != ERR_OK) return;
    assert(luhn_valid(input) && input.n >= CARD_DIGITS_MIN && input.n <= CARD_DIGITS_MAX);
    assert(facts.issuer.code.n && facts.issuer.name_zh.n);
    assert(!facts.supported || (facts.bank && facts.issuer.kind == CARD_DEBIT));
}

static void a_phone_keeps_its_secret(struct text input) {
    char masked[PHONE_BYTES];
    if (!phone_valid(input)) return;
    phone_mask(input, masked);
    assert(strlen(masked) == PHONE_DIGITS && memcmp(masked + 3, "****", 4) == 0);
}

static void a_password_has_its_length(struct text input) {
    struct fault fault;
    size_t characters = 0;
    if (password_check(input, TEXT("13812345678"), TEXT("me"), &fault) != ERR_OK) return;
    assert(text_utf8(input, &characters) && characters >= PASSWORD_MIN && characters <= PASSWORD_MAX);
    assert(password_check(input, input, TEXT("me"), &fault) == ERR_WEAK_PASSWORD); /* it holds the phone */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct text input = {(const char *)bytes, size};
    an_id_number_is_what_it_says(input, INT64_C(1795000000000));
    a_name_hides_its_middle(input);
    a_card_number_passes_luhn(input);
    a_phone_keeps_its_secret(input);
    a_password_has_its_length(input);
    if (size == PIN_DIGITS && text_digits(input) && !pin_is_weak(input, 19900307))
        assert(!pin_is_weak(input, 0));
    if (nickname_valid(input)) assert(size < NICKNAME_BYTES);
    return 0;
}
