/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/bill_gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ledger/chart.h"
#include "wallet/rename.h"

enum { ENTRIES_AT_ONCE = 4096, ROWS_AT_ONCE = 1000, MOVES_AT_ONCE = 4096 };

/* A payment or a refusal with the names of its parties, in one go: the index reads millions, and a question each would cost PostgreSQL a
 * round trip each. */
#define PARTIES "a.nickname, a.name_masked, b.nickname, b.name_masked, m.name, c.bank, a.account"
#define PAYMENT                                                                                            \
    "SELECT p.id, p.kind, p.payer, p.payee, p.merchant, p.card, p.amount, p.created_ms, p.entry, p.note, " \
    "p.state, " PARTIES ", p.updated_ms"                                                                   \
    " FROM payment p LEFT JOIN person a ON a.id = p.payer LEFT JOIN person b ON b.id = p.payee "           \
    "LEFT JOIN merchant m ON m.id = p.merchant LEFT JOIN card c ON c.id = p.card "

enum { PAYMENTS, PAYMENT_BY_ID, REFUSALS, MOVES, MOVES_NEWEST };
static const struct sql bill_gather_sql[] = {
    [PAYMENTS] = {PAYMENT "WHERE p.id > $1 AND p.id <= $2 ORDER BY p.id LIMIT $3"},
    [PAYMENT_BY_ID] = {PAYMENT "WHERE p.id = $1"},
    [REFUSALS] = {"SELECT r.id, r.kind, r.person, r.payee, r.merchant, r.card, r.amount, r.at_ms, r.entry, "
                  "'' AS note, r.code, " PARTIES
                  ", r.at_ms FROM refusal r LEFT JOIN person a ON a.id = r.person LEFT "
                  "JOIN person b ON b.id = r.payee LEFT JOIN merchant m ON "
                  "m.id = r.merchant LEFT JOIN card c ON c.id = r.card AND c.person = r.person WHERE r.id > "
                  "$1 ORDER BY r.id LIMIT $2"},
    [MOVES] = {"SELECT id, payment FROM payment_move WHERE id > $1 ORDER BY id LIMIT $2"},
    [MOVES_NEWEST] = {"SELECT id FROM payment_move ORDER BY id DESC LIMIT 1"},
};
DB_STATEMENTS(bill_gather_sql)

/* A row, in the order of its columns. */
struct row {
    struct payment payment;
    struct text note, payer_name, payer_masked, payee_name, payee_masked, shop;
    int bank;
    struct account_no payer_account;
};

static struct row row_read(const struct stmt *q) {
    return (struct row){
        .payment = {.id = {db_col_u64(q, 0)},
                    .kind = (enum payment_kind)db_col_i64(q, 1),
                    .payer = {db_col_u64(q, 2)},
                    .payee = {db_col_u64(q, 3)},
                    .merchant = {db_col_u64(q, 4)},
                    .card = {db_col_u64(q, 5)},
                    .amount = {db_col_i64(q, 6)},
                    .created_ms = db_col_i64(q, 7),
                    .entry = {db_col_u64(q, 8)},
                    .state = (enum payment_state)db_col_i64(q, 10),
                    .updated_ms = db_col_i64(q, 18)},
        .note = db_col_text(q, 9),
        .payer_name = db_col_text(q, 11),
        .payer_masked = db_col_text(q, 12),
        .payee_name = db_col_text(q, 13),
        .payee_masked = db_col_text(q, 14),
        .shop = db_col_text(q, 15),
        .bank = (int)db_col_i64(q, 16),
        .payer_account = {db_col_u64(q, 17)},
    };
}

static void person_name(struct text nickname, struct text masked, char out[PARTY_NAME_BYTES]) {
    char name[NICKNAME_BYTES], real[NAME_MASKED_BYTES];
    text_keep(nickname, name, sizeof name);
    text_keep(masked, real, sizeof real);
    out[0] = '\0';
    if (name[0]) bill_person_name(name, real, out);
}

static void add(struct bill_batch *batch, const struct row *row, struct account_no account,
                struct person_id person, bool refused) {
    const struct payment *p = &row->payment;
    enum bill_side side = bill_side_of(p, person);
    uint64_t party = 0;
    enum bill_party kind = bill_party_of(p, side, &party);
    char name[PARTY_NAME_BYTES] = "";
    const struct bank_row *bank = bank_by_no(row->bank);
    switch (kind) {
    case PARTY_PERSON:
        if (party == p->payer.n) person_name(row->payer_name, row->payer_masked, name);
        else person_name(row->payee_name, row->payee_masked, name);
        break;
    case PARTY_MERCHANT: text_keep(row->shop, name, sizeof name); break;
    case PARTY_BANK:
        party = (uint64_t)row->bank;
        if (bank) snprintf(name, sizeof name, "%s", bank->name_zh);
        break;
    case PARTY_POCKET: snprintf(name, sizeof name, "%s", POCKET_NAME_ZH); break;
    case PARTY_AUTHORITY: snprintf(name, sizeof name, "%s", AUTHORITY_NAME_ZH); break;
    case PARTY_NOBODY: break;
    }
    bill_batch_add(batch, &(struct bill_item){
                              .account = account.n,
                              .id = p->id.n,
                              .party = party,
                              .at_ms = p->created_ms,
                              .amount_fen = p->amount.fen,
                              .ended_ms = payment_is_over(p->state) ? p->updated_ms : 0,
                              .entry = refused ? 0 : p->entry.n,
                              .kind = p->kind,
                              .state = p->state,
                              .side = side,
                              .party_kind = kind,
                              .refusal = refused,
                              .by_card = p->card.n != 0,
                              .name = text_of(name),
                              .note = row->note,
                          });
}

/* Each side of the entry that is a person's. */
static void add_sides(struct view *view, struct bill_batch *batch, const struct row *row, uint64_t debit,
                      uint64_t credit) {
    const uint64_t sides[] = {debit, credit};
    for (int i = 0; i < 2; i++) {
        struct figures figures;
        struct account_no account = {sides[i]};
        if (!ledger_figures(view->ledger, account, &figures) || figures.account.code != CHART_PERSON)
            continue;
        add(batch, row, account, (struct person_id){figures.account.owner}, false);
    }
}

/* --- entries that open bills, and their payments --- */

struct opening {
    uint64_t payment, debit, credit;
};

static int by_payment(const void *a, const void *b) {
    const struct opening *x = a, *y = b;
    return x->payment < y->payment ? -1 : x->payment > y->payment;
}

static void gather_payments(struct view *view, struct bill_batch *batch, struct opening *openings,
                            size_t count) {
    qsort(openings, count, sizeof *openings, by_payment);
    uint64_t after = openings[0].payment - 1, last = openings[count - 1].payment;
    size_t at = 0;
    for (int read = ROWS_AT_ONCE; read == ROWS_AT_ONCE && after < last;) {
        struct stmt *q = db_stmt(view->db, &bill_gather_sql[PAYMENTS]);
        db_bind_u64(q, after);
        db_bind_u64(q, last);
        db_bind_i64(q, ROWS_AT_ONCE);
        for (read = 0; read < ROWS_AT_ONCE && db_row(q); read++) {
            struct row row = row_read(q);
            after = row.payment.id.n;
            while (at < count && openings[at].payment < after) at++;
            for (; at < count && openings[at].payment == after; at++)
                add_sides(view, batch, &row, openings[at].debit, openings[at].credit);
        }
        db_done(q);
    }
}

static bool gather_entries(struct view *view, struct bill_batch *batch, uint64_t newest) {
    struct entry *entries = calloc(ENTRIES_AT_ONCE, sizeof *entries);
    struct opening *openings = calloc(ENTRIES_AT_ONCE, sizeof *openings);
    if (!entries || !openings) log_fatal("bills: no memory to gather");
    size_t count = ledger_entries(view->db, (struct entry_no){batch->cursor.entry}, (struct entry_no){newest},
                                  entries, ENTRIES_AT_ONCE);
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (entries[i].role == ROLE_OPENS && entries[i].payment)
            openings[found++] = (struct opening){entries[i].payment, entries[i].debit, entries[i].credit};
    if (found > 0) gather_payments(view, batch, openings, found);
    if (count > 0) batch->cursor.entry = entries[count - 1].no;
    free(entries);
    free(openings);
    return count > 0;
}

/* Those that stand beside the entries up to the cursor. */
static void gather_refusals(struct view *view, struct bill_batch *batch) {
    for (int read = ROWS_AT_ONCE; read == ROWS_AT_ONCE;) {
        struct stmt *q = db_stmt(view->db, &bill_gather_sql[REFUSALS]);
        db_bind_u64(q, batch->cursor.refusal);
        db_bind_i64(q, ROWS_AT_ONCE);
        for (read = 0; read < ROWS_AT_ONCE && db_row(q); read++) {
            struct row row = row_read(q);
            if (row.payment.entry.n > batch->cursor.entry) break;
            uint64_t id = row.payment.id.n;
            row.payment.state = PAYMENT_REFUSED;
            add(batch, &row, row.payer_account, row.payment.payer, true);
            batch->cursor.refusal = id;
        }
        db_done(q);
    }
}

/* --- what moved since --- */

static void gather_again(struct view *view, struct bill_batch *batch, uint64_t payment, uint64_t indexed) {
    struct stmt *q = db_stmt(view->db, &bill_gather_sql[PAYMENT_BY_ID]);
    db_bind_u64(q, payment);
    if (db_row(q)) {
        struct row row = row_read(q);
        struct entry entry;
        if (row.payment.entry.n <= indexed &&
            ledger_entry_read(view->ledger, view->db, row.payment.entry, &entry))
            add_sides(view, batch, &row, entry.debit, entry.credit);
    }
    db_done(q);
}

/* `indexed`: the cursor before this snapshot; what was opened later is read with its present state anyway. */
static bool gather_moves(struct view *view, struct bill_batch *batch, uint64_t indexed) {
    uint64_t *moved = calloc(MOVES_AT_ONCE, sizeof *moved);
    if (!moved) log_fatal("bills: no memory to gather");
    size_t count = 0;
    struct stmt *q = db_stmt(view->db, &bill_gather_sql[MOVES]);
    db_bind_u64(q, batch->cursor.move);
    db_bind_i64(q, MOVES_AT_ONCE);
    for (; count < MOVES_AT_ONCE && db_row(q); count++) {
        batch->cursor.move = db_col_u64(q, 0);
        moved[count] = db_col_u64(q, 1);
    }
    db_done(q);
    for (size_t i = 0; i < count; i++) gather_again(view, batch, moved[i], indexed);
    free(moved);
    return count == MOVES_AT_ONCE;
}

static uint64_t moves_newest(struct db *db) {
    struct stmt *q = db_stmt(db, &bill_gather_sql[MOVES_NEWEST]);
    uint64_t id = db_row(q) ? db_col_u64(q, 0) : 0;
    db_done(q);
    return id;
}

/* --- the whole --- */

bool bill_gather_fits(struct view *view, const struct bill_cursor *cursor) {
    unsigned char hash[32];
    return ledger_row_hash(view->db, (struct entry_no){cursor->seen}, hash) &&
           memcmp(hash, cursor->hash, sizeof hash) == 0;
}

enum err bill_gather(struct view *view, struct entry_no upto, struct bill_batch *batch, bool *more) {
    struct bill_cursor *cursor = &batch->cursor;
    uint64_t indexed = cursor->entry;
    *more = false;
    cursor->seen = ledger_newest(view->db, cursor->hash).n;
    if (indexed == 0 &&
        batch->count == 0) { /* all is read from now on, in its present state and by its present name */
        cursor->move = moves_newest(view->db);
        cursor->rename = rename_newest(view->db);
    }
    bool moves_left = gather_moves(view, batch, indexed);
    bool entries_left = gather_entries(view, batch, upto.n) && cursor->entry < upto.n;
    gather_refusals(view, batch);
    *more = moves_left || entries_left;
    return db_failed(view->db) ? ERR_STORE : ERR_OK;
}
