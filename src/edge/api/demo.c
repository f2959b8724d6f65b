/* SPDX-License-Identifier: Apache-2.0 */
/* What a sandbox gives away and a real wallet never would: everybody's codes, test cards, test people, and the clock. All below /demo, and
 * only with --sandbox. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/data.h"
#include "base/table.h"
#include "edge/api/api.h"
#include "edge/bank/link.h"
#include "kit/json/json_in.h"
#include "wallet/code.h"
#include "wallet/explain.h"
#include "wallet/person.h"
#include "wallet/sandbox.h"

enum { INBOX_MAX = 50, BANK_PATIENCE_MS = 500 };

/* --- the sandbox bank's own pages --- */

/* NULL: it does not answer. A page is no reason to wait as long as for money. */
static json_t *bank_page(struct api_call *call, const char *path) {
    const struct bank_line *bank = api_config_of(call->api)->sandbox_bank;
    json_t *page = NULL;
    struct buf body;
    if (!bank) return NULL;
    struct bank_line line = *bank;
    line.timeout_ms = BANK_PATIENCE_MS;
    buf_init(&body, BANK_REPLY_MAX);
    bool answered = bank_sandbox_call(&line, path, "{}", &body) &&
                    json_read_object((struct text){buf_text(&body), body.size}, &page) == ERR_OK;
    buf_release(&body);
    crypto_wipe(&line, sizeof line);
    return answered ? page : NULL;
}

static const char *string_at(const json_t *object, const char *name) {
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

/* --- the inbox: SMS of the wallet and of the bank, the newest first --- */

struct letter {
    const char *phone, *code, *purpose, *from;
    int64_t at_ms;
};

static int newer_first(const void *a, const void *b) {
    int64_t x = ((const struct letter *)a)->at_ms, y = ((const struct letter *)b)->at_ms;
    return (x < y) - (x > y);
}

static size_t letters_of_bank(const json_t *page, struct letter *out) {
    size_t i, count = 0;
    const json_t *sms;
    json_array_foreach(json_object_get(page, "items"), i, sms) {
        if (count == INBOX_MAX) break;
        out[count++] = (struct letter){string_at(sms, "phone"), string_at(sms, "code"), "card", "bank",
                                       json_integer_value(json_object_get(sms, "at"))};
    }
    return count;
}

static enum err demo_inbox(struct api_call *call, struct view *view) {
    struct sms sms[INBOX_MAX];
    struct letter letters[2 * INBOX_MAX];
    size_t count = sms_inbox(view->db, view->keys, sms, INBOX_MAX);
    for (size_t i = 0; i < count; i++)
        letters[i] = (struct letter){sms[i].phone, sms[i].code, code_purpose_row(sms[i].purpose)->name,
                                     "wallet", sms[i].created_ms};
    json_t *page = bank_page(call, "/sandbox/inbox");
    count += letters_of_bank(page, letters + count);
    qsort(letters, count, sizeof letters[0], newer_first);

    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    for (size_t i = 0; i < count && i < INBOX_MAX; i++) {
        json_begin_object(call->out);
        json_key_str(call->out, "phone", letters[i].phone);
        json_key_str(call->out, "code", letters[i].code);
        json_key_str(call->out, "purpose", letters[i].purpose);
        json_key_time(call->out, "at", letters[i].at_ms);
        json_key_str(call->out, "from", letters[i].from);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_end_object(call->out);
    json_decref(page);
    return ERR_OK;
}

static enum err demo_cards(struct api_call *call, struct view *view) {
    size_t i;
    const json_t *card;
    json_t *page = bank_page(call, "/sandbox/cards");
    (void)view;
    if (!page) return bank_fault(0, ERR_BANK_OUT_OF_REACH, &call->fault);
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    json_array_foreach(json_object_get(page, "items"), i, card) {
        json_begin_object(call->out);
        json_key_str(call->out, "number", string_at(card, "number"));
        const struct bank_row *bank = bank_by_code(text_of(string_at(card, "bank")));
        json_key_str(call->out, "bank", bank ? bank->name_zh : string_at(card, "bank"));
        json_key_str(call->out, "bank_en", bank ? bank->name : string_at(card, "bank"));
        json_key_str(call->out, "bank_code", string_at(card, "bank"));
        json_key_str(call->out, "behaviour", string_at(card, "behaviour"));
        json_key_str(call->out, "behaviour_zh", string_at(card, "behaviour_zh"));
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_end_object(call->out);
    json_decref(page);
    return ERR_OK;
}

/* --- people: tables/people.tsv --- */

enum column { PHONE, PASSWORD, PIN, NAME, ID_NUMBER, NICKNAME, CARD, BANK, ROLE, ROLE_ZH, SHOWS, COLUMNS };

/* Causes that do not stay: what each is, and how to see it. Every other one of cause.def has somebody in the table. */
static const struct passing {
    enum cause cause;
    const char *role, *role_zh, *how, *how_zh;
} passings[] = {
    {CAUSE_BEING_CHECKED, "One's figure is checked",
     "一个人的数正在核对", "Only when the books were changed behind the server's back: tests/api/bend.py does that, then This looks wrong.",
     "只有账目被人改动时才会出现:用 tests/api/bend.py 改一笔,再点“这个数不对”。"},
    {CAUSE_BOOKS_CHECKED, "All books are checked",
     "全部账目正在核对", "Only when an entry itself was changed behind the server's back: tests/api/bend.py does that, then qianbao audit.",
     "只有记账记录被人改动时才会出现:用 tests/api/bend.py 改一笔,再运行 qianbao audit。"},
    {CAUSE_BANK_IN_DOUBT, "A withdrawal whose bank has not answered", "提现后银行没有回复",
     "qianbao sandbox bank CMB outage, then withdraw to a card of that bank.",
     "先运行 qianbao sandbox bank CMB outage,再提现到这家银行的卡。"},
    {CAUSE_COMING_IN_DOUBT, "A top-up whose bank has not answered", "充值后银行没有回复",
     "Top up from the card that loses its answer (below), and look within two seconds.",
     "用下面“丢失回复”的测试卡充值,两秒内查看。"},
    {CAUSE_WITHDRAWAL_GOING, "A withdrawal on its way", "提现在路上",
     "Withdraw to the card that answers after 5 seconds (below), and look at once.",
     "提现到下面“5 秒后通过”的测试卡,马上查看。"},
    {CAUSE_COMING_FROM_BANK, "A top-up on its way", "充值正在入账",
     "Top up from the card that answers after 5 seconds (below), and look at once.",
     "用下面“5 秒后通过”的测试卡充值,马上查看。"},
    {CAUSE_REFUND_TO_CARD, "A refund going to a card", "退款正在退回银行卡",
     "qianbao sandbox bank CMB delay, then a shop refunds what such a card paid.",
     "先运行 qianbao sandbox bank CMB delay,再由店铺退一笔用这家银行的卡付的款。"},
    {CAUSE_MAINTENANCE, "Maintenance", "正在维护",
     "qianbao maintenance add --what transfer --for 1h …, as one of the staff.",
     "以员工身份运行 qianbao maintenance add --what transfer --for 1h …。"},
    {CAUSE_READING_ONLY, "Only reading is possible", "只能查看",
     "qianbao maintenance readonly on, as one of the staff.",
     "以员工身份运行 qianbao maintenance readonly on。"},
    {CAUSE_APP_OLD, "The app is too old", "应用版本太旧", "Start the server with --app-min 99.",
     "启动服务器时加上 --app-min 99。"},
    {CAUSE_OTHER_ACCOUNT, "Usually another account is used here", "平时用的是另一个账号",
     "Sign in as one person on two days (the clock is below), then as another.",
     "用一个账号连续登录两天(时钟在下面),再换一个账号登录。"},
    {CAUSE_OUT_OF_REACH, "The server is out of reach", "没有连上服务器",
     "Switch the phone's network off, or stop the server.", "关掉手机的网络,或停掉服务器。"},
};

/* The next person; the titles are passed over. */
static bool person_next(struct text *table, struct text out[COLUMNS]) {
    struct text row;
    do
        if (!table_row(table, &row)) return false;
    while (text_starts(row, "phone\t"));
    for (int i = 0; i < COLUMNS; i++) out[i] = text_cut(&row, '\t');
    return true;
}

/* Whom the demo data has not registered is a name and a number that a newcomer may use. */
static void person_keys(struct json_out *out, const struct text person[COLUMNS], bool registered) {
    const struct text none = {"", 0};
    json_begin_object(out);
    json_key_text(out, "phone", registered ? person[PHONE] : none);
    json_key_text(out, "password", registered ? person[PASSWORD] : none);
    json_key_text(out, "pin", registered ? person[PIN] : none);
    json_key_text(out, "name", person[NAME]);
    json_key_text(out, "id_number", person[ID_NUMBER]);
    json_key(out, "cards");
    json_begin_array(out);
    json_begin_object(out);
    json_key_text(out, "number", person[CARD]);
    json_key_text(out, "bank", person[BANK]);
    json_end_object(out);
    json_end_array(out);
    json_key_text(out, "role", registered || person[PHONE].n == 0 ? person[ROLE] : TEXT("free"));
    json_key_text(out, "role_zh", registered || person[PHONE].n == 0 ? person[ROLE_ZH] : TEXT("空闲"));
    json_key_text(out, "cause", registered ? person[SHOWS] : none);
    json_end_object(out);
}

static enum err demo_people(struct api_call *call, struct view *view) {
    struct text table = table_of(data_people_tsv, data_people_tsv_size), person[COLUMNS];
    json_begin_object(call->out);
    json_key(call->out, "items");
    json_begin_array(call->out);
    while (person_next(&table, person)) {
        struct person found;
        bool registered =
            person[PHONE].n > 0 && person_find_by_phone(view->db, view->keys, person[PHONE], &found);
        person_keys(call->out, person, registered);
    }
    json_end_array(call->out);
    json_key(call->out, "passing");
    json_begin_array(call->out);
    for (size_t i = 0; i < API_COUNT(passings); i++) {
        json_begin_object(call->out);
        json_key_str(call->out, "cause", cause_row(passings[i].cause)->name);
        json_key_str(call->out, "role", passings[i].role);
        json_key_str(call->out, "role_zh", passings[i].role_zh);
        json_key_str(call->out, "how", passings[i].how);
        json_key_str(call->out, "how_zh", passings[i].how_zh);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_end_object(call->out);
    return ERR_OK;
}

/* --- the clock --- */

enum { ADVANCE_MAX_S = 400 * 86400 };

struct clock_body {
    int64_t advance_s;
};
static const struct api_field clock_fields[] = {
    FIELD_INT(struct clock_body, advance_s, "advance_s", REQUIRED, 1, ADVANCE_MAX_S, "by how many seconds"),
};

static enum err demo_clock(struct api_call *call, struct tx *tx) {
    const struct clock_body *body = call->body;
    int64_t offset_ms;
    enum err err = sandbox_clock_advance(tx, body->advance_s * 1000, &call->fault, &offset_ms);
    if (err != ERR_OK) return err;
    json_begin_object(call->out);
    json_key_time(call->out, "time", clock_real_now_ms() + offset_ms);
    json_key_i64(call->out, "offset_s", offset_ms / 1000);
    json_end_object(call->out);
    return ERR_OK;
}

const struct api_route demo_routes[] = {
    {HTTP_GET, "/demo/inbox", WHO_ANYONE, API_READ, .run.read = demo_inbox, .flags = API_SANDBOX,
     .about = "Every SMS code, of the wallet and of the sandbox bank", .answer = "DemoInbox"},
    {HTTP_GET, "/demo/cards", WHO_ANYONE, API_READ, .run.read = demo_cards, .flags = API_SANDBOX,
     .about = "Test cards and how each behaves", .answer = "DemoCards"},
    {HTTP_GET, "/demo/people", WHO_ANYONE, API_READ, .run.read = demo_people, .flags = API_SANDBOX,
     .about = "Test people: those of the demo data, one for each cause of a balance among them, and free "
              "names with ID numbers",
     .answer = "DemoPeople"},
    {HTTP_POST, "/demo/clock", WHO_ANYONE, API_WRITE, API_FIELDS(clock_fields, struct clock_body),
     .run.write = demo_clock, .flags = API_SANDBOX | API_NO_KEY, .about = "Move the sandbox's clock forward",
     .answer = "DemoClock"},
};
const size_t demo_routes_count = API_COUNT(demo_routes);
