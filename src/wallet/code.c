/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/code.h"

#include <stdio.h>
#include <string.h>

#include "wallet/sequence.h"
#include "wallet/throttle.h"

enum { INBOX_LIFE_MS = 24 * 3600 * 1000 };
enum { SMS_PLAIN = PHONE_DIGITS + CODE_DIGITS, SMS_SEALED = SMS_PLAIN + SEAL_EXTRA };

enum { LAST, PUT, TRY, USED, OPEN, CODE_SWEEP, SMS_PUT, SMS_SWEEP, SMS_INBOX, SMS_DUE, SMS_GONE, SMS_LATER };
static const struct sql code_sql[] = {
    [LAST] = {"SELECT sent_ms FROM code WHERE phone_mac = $1 AND purpose = $2"},
    [PUT] = {"INSERT INTO code (phone_mac, purpose, mac, tries, sent_ms, expires_ms) VALUES ($1, $2, $3, 0, "
             "$4, $5) "
             "ON CONFLICT (phone_mac, purpose) DO UPDATE SET mac = excluded.mac, tries = 0, "
             "sent_ms = excluded.sent_ms, expires_ms = excluded.expires_ms"},
    [TRY] = {"UPDATE code SET tries = tries + 1 "
             "WHERE phone_mac = $1 AND purpose = $2 AND tries < $3 AND expires_ms > $4 RETURNING mac"},
    [USED] = {"UPDATE code SET expires_ms = 0 WHERE phone_mac = $1 AND purpose = $2 AND expires_ms > $3"},
    [OPEN] = {"SELECT 1 FROM code WHERE phone_mac = $1 AND purpose = $2 AND tries < $3 AND expires_ms > $4"},
    [CODE_SWEEP] = {"DELETE FROM code WHERE sent_ms = (SELECT min(sent_ms) FROM code WHERE sent_ms < $1)"},
    [SMS_PUT] =
        {"INSERT INTO sms (id, sealed, purpose, created_ms, tries, due_ms) VALUES ($1, $2, $3, $4, 0, $4)"},
    [SMS_SWEEP] = {"DELETE FROM sms WHERE id = (SELECT min(id) FROM sms) AND created_ms < $1"},
    [SMS_INBOX] =
        {"SELECT id, sealed, purpose, created_ms, tries, due_ms FROM sms ORDER BY id DESC LIMIT $1"},
    [SMS_DUE] = {"SELECT id, sealed, purpose, created_ms, tries, due_ms FROM sms WHERE due_ms <= $1 "
                 "ORDER BY due_ms, id LIMIT $2"},
    [SMS_GONE] = {"DELETE FROM sms WHERE id = $1"},
    [SMS_LATER] = {"UPDATE sms SET tries = $2, due_ms = $3 WHERE id = $1"},
};
DB_STATEMENTS(code_sql)

const struct code_purpose_row *code_purpose_row(enum code_purpose purpose) {
    static const struct code_purpose_row rows[] = {
        {CODE_REGISTER, "register", true, "注册"},
        {CODE_LOGIN, "login", true, "登录"},
        {CODE_PASSWORD, "password", true, "重设登录密码"},
        {CODE_PHONE, "phone", true, "更换手机号"},
        {CODE_UNFREEZE, "unfreeze", true, "解除自己的冻结"},
        {TOLD_FROZEN, "wallet_frozen", false,
         "你的钱包有一项冻结,钱都还在。原因和办法请打开钱包,在「我-设置-安全」里查看。"},
        {TOLD_UNFROZEN, "wallet_unfrozen", false,
         "你的钱包有一项冻结已解除。如果不是你本人操作,请马上联系客服。"},
        {TOLD_PHONE, "phone_changed", false,
         "你的钱包已换绑到新的手机号,这个号码不能再用来登录。如果不是你本人操作,请马上联系客服。"},
        {TOLD_PASSWORD, "password_changed", false,
         "你的登录密码已重设,其他设备已退出登录。如果不是你本人操作,请马上联系客服。"},
        {TOLD_PIN, "pin_changed", false,
         "你的支付密码已重设,其他设备已退出登录,付款码已暂停。如果不是你本人操作,请马上联系客服。"},
        {TOLD_DOCUMENT_YES, "document_approved", false, "你的身份证照片已通过审核,额度已提高。"},
        {TOLD_DOCUMENT_NO, "document_rejected", false,
         "你的身份证照片没有通过审核。请打开钱包,在「实名认证」里查看原因并重新上传。"},
        {TOLD_CLOSED, "wallet_closed", false, "你的钱包已注销,余额为零。感谢使用。"},
        {0, "", false, ""}, /* a purpose that we no longer have */
    };
    size_t at = 0;
    while (rows[at].purpose && rows[at].purpose != purpose) at++;
    return &rows[at];
}

/* A code is good for its phone and purpose only: they are part of what is hashed. */
static void code_mac(const struct keys *keys, struct text phone, enum code_purpose purpose, struct text code,
                     unsigned char out[MAC_SIZE]) {
    unsigned char plain[1 + PHONE_DIGITS + CODE_DIGITS] = {(unsigned char)purpose};
    memcpy(plain + 1, phone.p, PHONE_DIGITS);
    memcpy(plain + 1 + PHONE_DIGITS, code.p, CODE_DIGITS);
    keys_mac(keys, KEY_CODE, plain, sizeof plain, out);
}

/* --- sending --- */

static enum err resend_check(struct tx *tx, const unsigned char phone[MAC_SIZE], enum code_purpose purpose,
                             struct fault *fault) {
    struct stmt *q = db_stmt(tx->db, &code_sql[LAST]);
    db_bind_blob(q, phone, MAC_SIZE);
    db_bind_i64(q, purpose);
    int64_t again_ms = db_row(q) ? db_col_i64(q, 0) + tx->rules->code_resend_ms : 0;
    db_done(q);
    if (again_ms <= tx->now_ms) return ERR_OK;
    fault_set(fault, ERR_CODE_SENT_RECENTLY);
    fault->until_ms = again_ms;
    return fault->code;
}

static enum err throttles_check(struct tx *tx, const struct code_send_cmd *cmd, struct fault *fault) {
    static const enum throttle_kind by_phone[] = {THROTTLE_CODE_PHONE, THROTTLE_CODE_PHONE_DAY};
    for (size_t i = 0; i < 2; i++)
        if (throttle_ask(tx->db, tx->keys, tx->rules, by_phone[i], cmd->phone, tx->now_ms, fault))
            return fault->code;
    if (throttle_count(tx, THROTTLE_CODE_ADDRESS, cmd->address, fault)) return fault->code;
    for (size_t i = 0; i < 2; i++)
        if (throttle_count(tx, by_phone[i], cmd->phone, fault)) return fault->code;
    return ERR_OK;
}

static void message_put(struct tx *tx, struct text phone, enum code_purpose purpose, struct text code) {
    uint64_t id = sequence_take(tx->sequence);
    char plain[SMS_PLAIN] = {0};
    unsigned char sealed[SMS_SEALED];
    memcpy(plain, phone.p, PHONE_DIGITS);
    if (code.n > 0) memcpy(plain + PHONE_DIGITS, code.p, code.n);
    keys_seal(tx->keys, KEY_CODE, seal_place("sms.sealed", id).text, plain, sizeof plain, sealed);
    crypto_wipe(plain, sizeof plain);
    struct stmt *q = db_stmt(tx->db, &code_sql[SMS_PUT]);
    db_bind_u64(q, id);
    db_bind_blob(q, sealed, sizeof sealed);
    db_bind_i64(q, purpose);
    db_bind_i64(q, tx->now_ms);
    db_queue(q);
}

void sms_tell(struct tx *tx, struct text phone, enum code_purpose what) {
    message_put(tx, phone, what, (struct text){"", 0});
}

/* Each new code takes away what is long over: at most one moment's codes and one message. */
static void old_sweep(struct tx *tx) {
    struct stmt *q = db_stmt(tx->db, &code_sql[CODE_SWEEP]);
    db_bind_i64(q, tx->now_ms - tx->rules->code_life_ms - tx->rules->code_resend_ms);
    db_queue(q);
    q = db_stmt(tx->db, &code_sql[SMS_SWEEP]);
    db_bind_i64(q, tx->now_ms - INBOX_LIFE_MS);
    db_queue(q);
}

enum err code_send(struct tx *tx, const struct code_send_cmd *cmd, struct fault *fault, struct code_sent *out) {
    unsigned char phone[MAC_SIZE], mac[MAC_SIZE];
    if (!phone_valid(cmd->phone)) return fault_field(fault, ERR_BAD_PHONE, "/phone");
    phone_mac(tx->keys, cmd->phone, phone);
    if (resend_check(tx, phone, cmd->purpose, fault)) return fault->code;
    if (throttles_check(tx, cmd, fault)) return fault->code;

    *out = (struct code_sent){.expires_ms = tx->now_ms + tx->rules->code_life_ms,
                              .resend_ms = tx->now_ms + tx->rules->code_resend_ms};
    phone_mask(cmd->phone, out->sent_to);
    old_sweep(tx);
    code_mac(tx->keys, cmd->phone, cmd->purpose, text_of(cmd->code), mac);
    struct stmt *q = db_stmt(tx->db, &code_sql[PUT]);
    db_bind_blob(q, phone, sizeof phone);
    db_bind_i64(q, cmd->purpose);
    db_bind_blob(q, mac, sizeof mac);
    db_bind_i64(q, tx->now_ms);
    db_bind_i64(q, out->expires_ms);
    db_queue(q);
    message_put(tx, cmd->phone, cmd->purpose, text_of(cmd->code));
    return ERR_OK;
}

/* --- using --- */

enum err code_use(struct tx *tx, struct text phone, enum code_purpose purpose, struct text code,
                  struct fault *fault) {
    unsigned char subject[MAC_SIZE], stored[MAC_SIZE], given[MAC_SIZE];
    if (!phone_valid(phone)) return fault_field(fault, ERR_BAD_PHONE, "/phone");
    if (code.n != CODE_DIGITS || !text_digits(code)) return fault_field(fault, ERR_WRONG_CODE, "/code");
    phone_mac(tx->keys, phone, subject);

    struct stmt *q = db_stmt(tx->db, &code_sql[TRY]); /* counted before it is compared */
    db_bind_blob(q, subject, sizeof subject);
    db_bind_i64(q, purpose);
    db_bind_i64(q, tx->rules->code_tries_max);
    db_bind_i64(q, tx->now_ms);
    bool counted = db_row(q) && db_col_blob(q, 0).n == MAC_SIZE;
    if (counted) memcpy(stored, db_col_blob(q, 0).p, MAC_SIZE);
    db_done(q);
    code_mac(tx->keys, phone, purpose, code, given);
    if (!counted || !crypto_equal(stored, given, MAC_SIZE))
        return fault_field(fault, ERR_WRONG_CODE, "/code");

    q = db_stmt(tx->db, &code_sql[USED]);
    db_bind_blob(q, subject, sizeof subject);
    db_bind_i64(q, purpose);
    db_bind_i64(q, tx->now_ms);
    return db_run(q) == 1 ? ERR_OK : fault_field(fault, ERR_WRONG_CODE, "/code");
}

bool code_open(struct view *view, struct text phone, enum code_purpose purpose) {
    unsigned char subject[MAC_SIZE];
    phone_mac(view->keys, phone, subject);
    struct stmt *q = db_stmt(view->db, &code_sql[OPEN]);
    db_bind_blob(q, subject, sizeof subject);
    db_bind_i64(q, purpose);
    db_bind_i64(q, view->rules->code_tries_max);
    db_bind_i64(q, view->now_ms);
    bool open = db_row(q);
    db_done(q);
    return open;
}

/* --- messages --- */

static size_t sms_rows(struct stmt *q, const struct keys *keys, struct sms *out, size_t max) {
    size_t count = 0;
    while (count < max && db_row(q)) {
        struct sms *sms = &out[count];
        char plain[SMS_PLAIN];
        *sms = (struct sms){.id = db_col_u64(q, 0),
                            .purpose = (enum code_purpose)db_col_i64(q, 2),
                            .created_ms = db_col_i64(q, 3),
                            .tries = (int)db_col_i64(q, 4),
                            .due_ms = db_col_i64(q, 5)};
        struct text sealed = db_col_blob(q, 1);
        if (sealed.n != SMS_SEALED || !keys_unseal(keys, KEY_CODE, seal_place("sms.sealed", sms->id).text,
                                                   sealed.p, sealed.n, (unsigned char *)plain))
            continue;
        memcpy(sms->phone, plain, PHONE_DIGITS);
        memcpy(sms->code, plain + PHONE_DIGITS, CODE_DIGITS);
        crypto_wipe(plain, sizeof plain);
        count++;
    }
    db_done(q);
    return count;
}

size_t sms_inbox(struct db *db, const struct keys *keys, struct sms *out, size_t max) {
    struct stmt *q = db_stmt(db, &code_sql[SMS_INBOX]);
    db_bind_i64(q, (int64_t)max);
    return sms_rows(q, keys, out, max);
}

size_t sms_due(struct db *db, const struct keys *keys, int64_t now_ms, struct sms *out, size_t max) {
    struct stmt *q = db_stmt(db, &code_sql[SMS_DUE]);
    db_bind_i64(q, now_ms);
    db_bind_i64(q, (int64_t)max);
    return sms_rows(q, keys, out, max);
}

void sms_sent(struct tx *tx, uint64_t id) {
    struct stmt *q = db_stmt(tx->db, &code_sql[SMS_GONE]);
    db_bind_u64(q, id);
    db_queue(q);
}

void sms_failed(struct tx *tx, uint64_t id, int tries, int64_t due_ms) {
    if (due_ms == 0) {
        sms_sent(tx, id);
        return;
    }
    struct stmt *q = db_stmt(tx->db, &code_sql[SMS_LATER]);
    db_bind_u64(q, id);
    db_bind_i64(q, tries);
    db_bind_i64(q, due_ms);
    db_queue(q);
}
