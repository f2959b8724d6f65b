/* SPDX-License-Identifier: Apache-2.0 */
/* staff: the operator's people who may act on other people's wallets: each a name and a passphrase of their own.
 *
 * The control socket proves that a command comes from the machine's operator; it does not say which of them. So every act on a person
 * (a freeze, a decision, an announcement) is by one of the staff, who proves it with the passphrase, and has its line in the audit log.
 * A name is never given twice and a row never removed. The first of the staff is added by the operator alone; from then on one of the
 * staff adds and ends another, and the last cannot be ended.
 *
 * Who has lost the passphrase is given a new one by whoever owns the machine, over the control socket and with nobody's proof (staff_reset).
 * That this was done stands in the audit log as the operator's act, and all of the staff are told it with the next thing that they do: a
 * reset that nobody asked for does not stay unseen.
 *
 * How another room's command uses it (edge/control/staff.h reads --by and proves it):
 *
 *     struct staff by;
 *     enum err err = errand_staff(errand, &by);                      Argon2id, on the control thread
 *     if (err == ERR_OK) err = errand_write(errand, case_write, &by);
 *
 *     enum err case_decide(struct tx *tx, const struct staff *by, …, struct fault *fault) {
 *         enum err err = staff_check(tx, by, fault);                 still in service, in this transaction
 *         if (err != ERR_OK) return err;
 *         …
 *         audit_log_add(tx, &(struct audit_line){.act = AUDIT_CASE_DECIDE, .by = staff_by(by), …}); */
#ifndef WALLET_STAFF_H
#define WALLET_STAFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/id.h"
#include "kit/crypto/keys.h"
#include "wallet/audit_log.h"
#include "wallet/tx.h"

enum { STAFF_NAME_MAX = 32, STAFF_NAME_BYTES = STAFF_NAME_MAX * 4 + 1, STAFF_MAX = 200 };

struct staff {
    struct staff_id id;
    char name[STAFF_NAME_BYTES];
    char hash[PASSWORD_HASH_MAX]; /* of the passphrase */
    int64_t added_ms, ended_ms;   /* ended 0: in service */
};

/* 1 to STAFF_NAME_MAX printable characters, no blank among them. */
bool staff_name_valid(struct text name);

bool staff_find(struct db *db, struct text name, struct staff *out);
/* For lists that name who did it; "" when there is none. */
void staff_name_of(struct db *db, struct staff_id id, char out[STAFF_NAME_BYTES]);
/* All, in the order they came; how many. */
size_t staff_list(struct db *db, struct staff out[STAFF_MAX]);
size_t staff_in_service(struct db *db);

/* Is who proved the passphrase still in service, with that passphrase? ERR_WRONG_PASSPHRASE. */
enum err staff_check(struct tx *tx, const struct staff *by, struct fault *fault);

static inline struct audit_by staff_by(const struct staff *by) {
    return (struct audit_by){AUDIT_BY_STAFF, by->id.n};
}

struct staff_add_cmd {
    struct text name;
    const char *hash; /* password_hash of a passphrase that password_check admits */
};
/* by NULL: the operator, only while nobody is in service. ERR_STAFF_UNKNOWN, ERR_BAD_FIELD, ERR_STAFF_TAKEN. */
enum err staff_add(struct tx *tx, const struct staff *by, const struct staff_add_cmd *cmd,
                   struct fault *fault, struct staff *out);
/* By the operator: another passphrase for who lost theirs; the old one opens nothing from now on. ERR_NOT_FOUND, ERR_BAD_FIELD (reason). */
enum err staff_reset(struct tx *tx, const struct staff_add_cmd *cmd, struct text reason, struct fault *fault);
/* Whose passphrases were reset since this one of the staff last did something, newest first; how many. */
struct staff_was_reset {
    char name[STAFF_NAME_BYTES];
    int64_t at_ms;
};
enum { STAFF_RESETS_TOLD_MAX = 20 };
size_t staff_resets(struct db *db, struct staff_id to, struct staff_was_reset out[STAFF_RESETS_TOLD_MAX]);
/* From now on the name does nothing. ERR_NOT_FOUND, ERR_STAFF_LAST. */
enum err staff_end(struct tx *tx, const struct staff *by, struct text name, struct fault *fault);

#endif
