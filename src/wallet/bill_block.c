/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/bill_block.h"

#include <assert.h>
#include <string.h>

_Static_assert((int)PARTY_NAME_BYTES - 1 <= (int)ITEM_TEXT_MAX && (int)NOTE_BYTES - 1 <= (int)ITEM_TEXT_MAX,
               "one byte tells a text's size");
_Static_assert((int)BLOCK_ITEM_MAX <= (int)BLOCK_SIZE, "an item fits a block");
_Static_assert((int)PAYMENT_TAKEN < 16 && (int)PAYMENT_RECALLED < 16,
               "half a byte tells the kind, and the state");

enum { NEW = BLOCK_SAID_MAX };
enum {
    BIT_OUT = 1,
    BIT_REFUSAL = 2,
    BIT_CARD = 4,
    BIT_ACCOUNT = 8,    /* another one than before */
    BIT_UNDER_WAY = 16, /* not ended */
    BIT_LATER = 32,     /* ended, but not at once */
    BIT_NO_ENTRY = 64
};

void bill_block_begin(struct bill_block_said *said) {
    said->account = said->id = said->at = said->entry = 0;
    said->parties = said->notes = 0;
}

/* --- numbers --- */

static unsigned char *put_number(unsigned char *at, uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at++ = (unsigned char)(value | 0x80);
    *at++ = (unsigned char)value;
    return at;
}

/* Small ones in either direction are small: 0 -1 1 -2 2 … */
static unsigned char *put_step(unsigned char *at, uint64_t from, uint64_t to) {
    uint64_t step = to - from;
    return put_number(at, step << 1 ^ (0 - (step >> 63)));
}

static unsigned char *put_text(unsigned char *at, struct text text) {
    assert(text.n <= ITEM_TEXT_MAX);
    *at++ = (unsigned char)text.n;
    if (text.n) memcpy(at, text.p, text.n);
    return at + text.n;
}

/* What is left to read; `short_of` once something was not there. */
struct rest {
    const unsigned char *at, *end;
    bool short_of;
};

static unsigned char get_byte(struct rest *rest) {
    if (rest->at == rest->end) {
        rest->short_of = true;
        return 0;
    }
    return *rest->at++;
}

static uint64_t get_number(struct rest *rest) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        unsigned char byte = get_byte(rest);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    rest->short_of = true;
    return 0;
}

static uint64_t get_step(struct rest *rest, uint64_t from) {
    uint64_t step = get_number(rest);
    return from + (step >> 1 ^ (0 - (step & 1)));
}

static struct text get_text(struct rest *rest) {
    size_t size = get_byte(rest);
    if ((size_t)(rest->end - rest->at) < size) {
        rest->short_of = true;
        return (struct text){0};
    }
    rest->at += size;
    return (struct text){(const char *)rest->at - size, size};
}

/* --- what was said before --- */

static unsigned known(uint32_t count) {
    return count < BLOCK_SAID_MAX ? count : BLOCK_SAID_MAX;
}

static unsigned party_place(const struct bill_block_said *said, const struct bill_item *item) {
    for (unsigned i = 0; i < known(said->parties); i++) {
        const struct bill_block_party *p = &said->party[i];
        if (p->party == item->party && p->kind == item->party_kind && text_equal(p->name, item->name))
            return i;
    }
    return NEW;
}

static unsigned note_place(const struct bill_block_said *said, struct text note) {
    for (unsigned i = 0; i < known(said->notes); i++)
        if (text_equal(said->note[i], note)) return i;
    return NEW;
}

/* --- an item --- */

static unsigned bits_of(const struct bill_block_said *said, const struct bill_item *item) {
    unsigned bits = 0;
    if (item->side == BILL_OUT) bits |= BIT_OUT;
    if (item->refusal) bits |= BIT_REFUSAL;
    if (item->by_card) bits |= BIT_CARD;
    if (item->account != said->account) bits |= BIT_ACCOUNT;
    if (item->ended_ms == 0) bits |= BIT_UNDER_WAY;
    else if (item->ended_ms != item->at_ms) bits |= BIT_LATER;
    if (item->entry == 0) bits |= BIT_NO_ENTRY;
    return bits;
}

bool bill_block_put(unsigned char *bytes, size_t *size, struct bill_block_said *said,
                    const struct bill_item *item) {
    unsigned char packed[BLOCK_ITEM_MAX], *at = packed;
    unsigned bits = bits_of(said, item), party = party_place(said, item), note = note_place(said, item->note);
    assert((unsigned)item->kind < 16 && (unsigned)item->state < 16);
    *at++ = (unsigned char)((unsigned)item->kind | (unsigned)item->state << 4);
    *at++ = (unsigned char)bits;
    if (bits & BIT_ACCOUNT) at = put_number(at, item->account - said->account);
    at = put_number(at, bits & BIT_ACCOUNT ? item->id : item->id - said->id);
    at = put_step(at, said->at, (uint64_t)item->at_ms);
    if (bits & BIT_LATER) at = put_step(at, (uint64_t)item->at_ms, (uint64_t)item->ended_ms);
    if (item->entry) at = put_step(at, said->entry, item->entry);
    at = put_number(at, (uint64_t)item->amount_fen);
    *at++ = (unsigned char)party;
    if (party == NEW) {
        *at++ = (unsigned char)item->party_kind;
        at = put_number(at, item->party);
        at = put_text(at, item->name);
    }
    const unsigned char *name_end = at;
    *at++ = (unsigned char)note;
    if (note == NEW) at = put_text(at, item->note);
    size_t more = (size_t)(at - packed);
    if (*size + more > BLOCK_SIZE) return false;
    const char *block = (const char *)memcpy(bytes + *size, packed, more);
    *size += more;
    said->account = item->account;
    said->id = item->id;
    said->at = (uint64_t)item->at_ms;
    if (item->entry) said->entry = item->entry;
    if (party == NEW)
        said->party[said->parties++ % BLOCK_SAID_MAX] =
            (struct bill_block_party){item->party,
                                      item->party_kind,
                                      {block + (name_end - packed) - item->name.n, item->name.n}};
    if (note == NEW)
        said->note[said->notes++ % BLOCK_SAID_MAX] = (struct text){block + more - item->note.n, item->note.n};
    return true;
}

/* NULL: none of that place. */
static const struct bill_block_party *get_party(struct rest *rest, struct bill_block_said *said) {
    unsigned place = get_byte(rest);
    if (place != NEW) return place < known(said->parties) ? &said->party[place] : NULL;
    struct bill_block_party *p = &said->party[said->parties++ % BLOCK_SAID_MAX];
    p->kind = (enum bill_party)get_byte(rest);
    p->party = get_number(rest);
    p->name = get_text(rest);
    return p;
}

static const struct text *get_note(struct rest *rest, struct bill_block_said *said) {
    unsigned place = get_byte(rest);
    if (place != NEW) return place < known(said->notes) ? &said->note[place] : NULL;
    struct text *note = &said->note[said->notes++ % BLOCK_SAID_MAX];
    *note = get_text(rest);
    return note;
}

bool bill_block_get(const unsigned char *bytes, size_t size, size_t *at, struct bill_block_said *said,
                    struct bill_item *out) {
    struct rest rest = {bytes + *at, bytes + size, false};
    if (size - *at < BLOCK_ITEM_MIN) return false;
    unsigned kinds = get_byte(&rest), bits = get_byte(&rest);
    if (bits & BIT_ACCOUNT) said->account += get_number(&rest), said->id = 0;
    said->id += get_number(&rest);
    said->at = get_step(&rest, said->at);
    uint64_t ended = bits & BIT_LATER ? get_step(&rest, said->at) : bits & BIT_UNDER_WAY ? 0 : said->at;
    if (!(bits & BIT_NO_ENTRY)) said->entry = get_step(&rest, said->entry);
    uint64_t amount = get_number(&rest);
    const struct bill_block_party *party = get_party(&rest, said);
    const struct text *note = get_note(&rest, said);
    if (rest.short_of || !party || !note) return false;
    *out = (struct bill_item){
        .account = said->account,
        .id = said->id,
        .party = party->party,
        .at_ms = (int64_t)said->at,
        .amount_fen = (int64_t)amount,
        .ended_ms = (int64_t)ended,
        .entry = bits & BIT_NO_ENTRY ? 0 : said->entry,
        .kind = (enum payment_kind)(kinds & 15),
        .state = (enum payment_state)(kinds >> 4),
        .side = bits & BIT_OUT ? BILL_OUT : BILL_IN,
        .party_kind = party->kind,
        .refusal = bits & BIT_REFUSAL,
        .by_card = bits & BIT_CARD,
        .name = party->name,
        .note = *note,
    };
    *at = (size_t)(rest.at - bytes);
    return true;
}
