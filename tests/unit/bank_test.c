/* SPDX-License-Identifier: Apache-2.0 */
/* The wallet's side of the banks: an answer counts once, doubts are told once, tokens belong to one card; and what is heard in a bank's
 * words, also in words that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/bank/dialect.h"
#include "place.h"
#include "wallet/sequence.h"

/* --- a writer of one thread, stepped by hand --- */

static char directory[PLACE_MAX], path[80];
static struct writer *writer;
static struct sequence sequence;
static struct outbox outbox;
static struct keys *keys;
static struct tx tx;
static int wakes;

static void woken(void *arg) {
    (void)arg;
    wakes++;
}

static int begin(void **state) {
    char file[80];
    (void)state;
    if (!place_make(directory, "bank_test")) return -1;
    snprintf(path, sizeof path, "%s/qianbao.db", directory);
    snprintf(file, sizeof file, "%s/keys", directory);
    struct writer_config config = {.store = {DB_SQLITE, path}, .floor = &tx};
    if (keys_open(file, true, &keys) != ERR_OK || writer_open(&config, &writer) != ERR_OK) return -1;
    if (sequence_load(&sequence, writer_db(writer)) != ERR_OK) return -1;
    outbox = (struct outbox){.wake = woken};
    wakes = 0;
    writer_add_part(writer, sequence_part(&sequence));
    writer_add_part(writer, bank_outbox_part(&outbox));
    tx = (struct tx){.sequence = &sequence, .keys = keys, .outbox = &outbox};
    return 0;
}

static int end(void **state) {
    (void)state;
    writer_stop(writer);
    keys_free(keys);
    return place_remove(directory);
}

struct step {
    struct command command;
    void (*run)(struct tx *tx);
};

static void step_run(struct command *command, struct group *group) {
    ((struct step *)command)->run(tx_of(group));
}

static void step_done(struct command *command, enum command_outcome outcome) {
    (void)command;
    assert_int_equal(outcome, COMMAND_DONE);
}

/* In a transaction of its own, committed. */
static void in_tx(void (*run)(struct tx *tx)) {
    struct step step = {{step_run, step_done, NULL}, run};
    writer_submit(writer, &step.command);
    while (writer_step(writer) == 0) {}
}

static uint64_t first, second;

static void send_two(struct tx *at) {
    unsigned char sealed[BANK_SEALED_MAX];
    size_t size = bank_token_seal(at->keys, (struct card_id){7}, "CMB-M000000000001", sealed);
    struct bank_order order = {.payment = {41},
                               .bank = 1,
                               .kind = BANK_DEBIT,
                               .amount = {100},
                               .card = {7},
                               .sealed_token = {(const char *)sealed, size}};
    first = bank_send(at, &order);
    order.payment.n = 42;
    order.bank = 2;
    second = bank_send(at, &order);
}

static void orders_are_found_by_bank(struct tx *at) {
    struct view view = {.db = at->db, .keys = at->keys};
    struct bank_message messages[4];
    char token[BANK_TOKEN_MAX];
    assert_int_equal(bank_messages_new(&view, 1, 0, messages, 4), 1);
    assert_int_equal(messages[0].id, first);
    assert_int_equal(messages[0].payment.n, 41);
    assert_int_equal(messages[0].amount.fen, 100);
    assert_true(bank_token_unseal(at->keys, messages[0].card,
                                  (struct text){(const char *)messages[0].sealed_token, messages[0].sealed_size},
                                  token));
    assert_string_equal(token, "CMB-M000000000001");
    assert_int_equal(bank_messages_new(&view, 2, 0, messages, 4), 1);
    assert_int_equal(bank_messages_new(&view, 2, second, messages, 4), 0);
    assert_int_equal(bank_messages_new(&view, 3, 0, messages, 4), 0);
    assert_int_equal(bank_messages_newest(&view), second);
    assert_true(bank_card_busy(at->db, (struct card_id){7}));
    assert_false(bank_card_busy(at->db, (struct card_id){8}));
}

static void doubt_and_settle(struct tx *at) {
    struct view view = {.db = at->db, .keys = at->keys};
    struct bank_message messages[4];
    struct payment_id payment = {0};
    struct bank_answer answer = {.order = first, .verdict = BANK_APPROVED, .reference = "CMB1", .at_ms = 5};
    assert_true(bank_doubt(at, first, 1, 2000, &payment)); /* the first doubt is told */
    assert_int_equal(payment.n, 41);
    assert_false(bank_doubt(at, first, 2, 7000, &payment)); /* the next only moves the rung */
    assert_false(bank_doubt(at, first, 1, 9000, &payment)); /* a rung that is past moves nothing */
    assert_int_equal(bank_messages_in_doubt(&view, 1, messages, 4), 1);
    assert_int_equal(messages[0].tries, 2);
    assert_int_equal(messages[0].due_ms, 7000);
    assert_int_equal(bank_messages_in_doubt(&view, 2, messages, 4), 0);
    assert_int_equal(bank_messages_new(&view, 1, 0, messages, 4), 0);

    payment.n = 0;
    assert_true(bank_settle(at, &answer, &payment));
    assert_int_equal(payment.n, 41);
    assert_int_equal(bank_messages_in_doubt(&view, 1, messages, 4), 0);
    answer.verdict = BANK_DECLINED;
    assert_false(bank_settle(at, &answer, &payment)); /* the first word stands */
    assert_false(bank_doubt(at, first, 3, 9000, &payment));
    assert_int_equal(bank_messages_in_doubt_count(&view), 0);
    assert_true(bank_card_busy(at->db, (struct card_id){7})); /* the other one */
}

static void cursor_only_rises(struct tx *at) {
    struct view view = {.db = at->db};
    bank_cursor_move(at, first);
    bank_cursor_move(at, first - 1);
    assert_int_equal(bank_messages_settled(&view), first);
}

static void an_answer_counts_once(void **state) {
    (void)state;
    in_tx(send_two);
    assert_int_equal(wakes, 1); /* once a commit */
    in_tx(orders_are_found_by_bank);
    in_tx(doubt_and_settle);
    in_tx(cursor_only_rises);
    assert_int_equal(wakes, 1); /* only orders wake */
}

static void a_token_belongs_to_one_card(void **state) {
    (void)state;
    unsigned char sealed[BANK_SEALED_MAX];
    char token[BANK_TOKEN_MAX] = "untouched";
    size_t size = bank_token_seal(keys, (struct card_id){7}, "CMB-M1", sealed);
    struct text text = {(const char *)sealed, size};
    assert_false(bank_token_unseal(keys, (struct card_id){8}, text, token));
    sealed[size - 1] ^= 1;
    assert_false(bank_token_unseal(keys, (struct card_id){7}, text, token));
    assert_false(bank_token_unseal(keys, (struct card_id){7}, (struct text){(const char *)sealed, 3}, token));
    assert_string_equal(token, "untouched");
    sealed[size - 1] ^= 1;
    assert_true(bank_token_unseal(keys, (struct card_id){7}, text, token));
    assert_string_equal(token, "CMB-M1");
}

/* --- what is heard --- */

static const struct {
    int status;
    const char *body;
    enum bank_heard heard;
    const char *reason;
} reports[] = {
#define REPORT(message, status, reason, type, amount)                                \
    "{\"message_id\":\"" message "\",\"status\":\"" status "\",\"reason\":\"" reason \
    "\",\"reference\":\"R1\","                                                       \
    "\"type\":\"" type "\",\"amount\":" amount ",\"at\":7}"
    {200, REPORT("M1", "ACSC", "", "debit", "100"), HEARD_APPROVED, ""},
    {200, REPORT("M1", "RJCT", "AM04", "debit", "100"), HEARD_DECLINED, "AM04"},
    {200, REPORT("M1", "CANC", "", "debit", "0"), HEARD_CANCELLED, ""},
    {200, REPORT("M1", "NONE", "", "debit", "0"), HEARD_NEVER_SEEN, ""},
    /* not about this order */
    {200, REPORT("M2", "ACSC", "", "debit", "100"), HEARD_NOTHING, NULL},
    {200, REPORT("M1", "ACSC", "", "debit", "101"), HEARD_NOTHING, NULL},
    {200, REPORT("M1", "ACSC", "", "credit", "100"), HEARD_NOTHING, NULL},
    {200, REPORT("M1", "RJCT", "AM05", "debit", "0"), HEARD_NOTHING, NULL},
    /* words that we do not know, or that are none */
    {200, REPORT("M1", "PDNG", "", "debit", "100"), HEARD_NOTHING, NULL},
    {200, REPORT("M1", "RJCT", "AM0444444", "debit", "100"), HEARD_NOTHING, NULL},
    {200, "{\"message_id\":\"M1\",\"status\":\"ACSC\"}", HEARD_NOTHING, NULL},
    {200, "{}", HEARD_NOTHING, NULL},
    {200, "[]", HEARD_NOTHING, NULL},
    {200, "ACSC", HEARD_NOTHING, NULL},
    {200, "", HEARD_NOTHING, NULL},
    /* a status that is not "done" says nothing about the order, whatever stands in the body */
    {409, REPORT("M1", "RJCT", "AM05", "debit", "100"), HEARD_NOTHING, NULL},
    {500, REPORT("M1", "RJCT", "MS03", "debit", "100"), HEARD_NOTHING, NULL},
};

static void only_a_report_about_the_order_counts(void **state) {
    (void)state;
    struct bank_message message = {.bank = 1, .kind = BANK_DEBIT, .amount = {100}};
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        struct bank_answer answer = {0};
        struct bank_reply reply = {reports[i].status, text_of(reports[i].body)};
        enum bank_heard heard = bank_dialect(1)->order_heard(&reply, &message, "M1", &answer);
        if (heard != reports[i].heard) fail_msg("report %zu was heard as %d: %s", i, heard, reports[i].body);
        if (reports[i].reason) assert_string_equal(answer.reason, reports[i].reason);
    }
}

static const struct {
    int status;
    const char *body;
    enum err err;
} checks[] = {
    {200, "{\"verified\":true,\"reason\":\"\",\"reference\":\"V1\",\"expires_at\":9}", ERR_OK},
    {200, "{\"verified\":false,\"reason\":\"BE01\",\"reference\":\"V1\",\"expires_at\":9}", ERR_CARD_ELEMENTS},
    {200, "{\"verified\":false,\"reason\":\"AC01\",\"reference\":\"V1\",\"expires_at\":9}", ERR_CARD_ELEMENTS},
    {200, "{\"verified\":false,\"reason\":\"AC06\",\"reference\":\"V1\",\"expires_at\":9}", ERR_BANK_CARD_LOST},
    {200, "{\"verified\":false,\"reason\":\"XX99\",\"reference\":\"V1\",\"expires_at\":9}", ERR_BANK_DECLINED},
    {200, "{\"verified\":true,\"reason\":\"\",\"reference\":\"\",\"expires_at\":9}", ERR_BANK_OUT_OF_REACH},
    {200, "{\"verified\":\"yes\"}", ERR_BANK_OUT_OF_REACH},
    {400, "{\"verified\":true,\"reason\":\"\",\"reference\":\"V1\",\"expires_at\":9}", ERR_BANK_OUT_OF_REACH},
    {200, "nonsense", ERR_BANK_OUT_OF_REACH},
};

static void only_a_clear_yes_is_one(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct bank_check check = {0};
        struct bank_reply reply = {checks[i].status, text_of(checks[i].body)};
        enum err err = bank_dialect(1)->check_heard(&reply, &check);
        if (err != checks[i].err) fail_msg("check %zu was heard as %s: %s", i, err_name(err), checks[i].body);
        assert_string_equal(check.reference, err == ERR_OK ? "V1" : "");
    }
}

static void what_is_asked_is_json(void **state) {
    (void)state;
    struct bank_call call = {0};
    struct bank_message message = {.bank = 3, .kind = BANK_CREDIT, .amount = {12345}};
    struct bank_elements elements = {.message = TEXT("k-1"),
                                     .bank = 2,
                                     .name = TEXT("欧阳\"明"),
                                     .id_number = TEXT("1"),
                                     .card_number = TEXT("2"),
                                     .phone = TEXT("3")};
    buf_init(&call.body, BANK_CALL_MAX);
    bank_dialect(3)->order(ASK_PAY, &message, "M1", "T1", &call);
    assert_string_equal(call.path, "/v1/payments");
    assert_string_equal(buf_text(&call.body), "{\"message_id\":\"M1\",\"bank\":\"ICBC\",\"type\":\"credit\","
                                              "\"mandate_id\":\"T1\",\"amount\":12345,\"currency\":\"CNY\"}");
    bank_dialect(3)->order(ASK_CANCEL, &message, "M1", "T1", &call);
    assert_string_equal(call.path, "/v1/cancellations");
    assert_string_equal(buf_text(&call.body), "{\"message_id\":\"M1\",\"bank\":\"ICBC\"}");
    bank_dialect(2)->check(&elements, &call);
    assert_non_null(strstr(buf_text(&call.body), "\"name\":\"欧阳\\\"明\""));
    buf_release(&call.body);
}

static void every_bank_has_a_dialect_and_every_reason_words(void **state) {
    (void)state;
    size_t count;
    const struct bank_row *rows = bank_rows(&count);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(bank_dialect(rows[i].no));
        assert_ptr_equal(bank_by_code(text_of(rows[i].code)), &rows[i]);
        assert_ptr_equal(bank_by_no(rows[i].no), &rows[i]);
    }
    assert_null(bank_by_code(TEXT("XYZ")));
    assert_null(bank_by_no(0));
    assert_int_equal(bank_refusal(TEXT("AM04")), ERR_BANK_FUNDS);
    assert_int_equal(bank_refusal(TEXT("AM14")), ERR_BANK_LIMIT);
    assert_int_equal(bank_refusal(TEXT("AC04")), ERR_BANK_CARD_LOST);
    assert_int_equal(bank_refusal(TEXT("MS03")), ERR_BANK_DECLINED);
    assert_int_equal(bank_refusal(TEXT("")), ERR_BANK_DECLINED);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(an_answer_counts_once),
        STORY(a_token_belongs_to_one_card),
        cmocka_unit_test(only_a_report_about_the_order_counts),
        cmocka_unit_test(only_a_clear_yes_is_one),
        cmocka_unit_test(what_is_asked_is_json),
        cmocka_unit_test(every_bank_has_a_dialect_and_every_reason_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
