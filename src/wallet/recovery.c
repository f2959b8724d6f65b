/* SPDX-License-Identifier: Apache-2.0 */
#include "wallet/recovery.h"

#include "wallet/card.h"
#include "wallet/code.h"
#include "wallet/person.h"
#include "wallet/realname.h"
#include "wallet/throttle.h"

static bool proves(struct tx *tx, const struct person *person, const struct recovery_cmd *cmd) {
    if (person->tier == 0) return true;
    if (cmd->card_number.n > 0) return card_number_is_bound(tx->db, tx->keys, person->id, cmd->card_number);
    return realname_is(tx, person->id, cmd->name, cmd->id_number);
}

enum err recovery_set(struct tx *tx, const struct recovery_cmd *cmd, struct fault *fault, struct actor *out) {
    struct person person;
    if (!phone_valid(cmd->phone)) return fault_field(fault, ERR_BAD_PHONE, "/phone");
    if (throttle_ask(tx->db, tx->keys, tx->rules, THROTTLE_RECOVERY, cmd->phone, tx->now_ms, fault))
        return fault->code;
    if (code_use(tx, cmd->phone, CODE_PASSWORD, cmd->code, fault)) return fault->code;
    if (!person_find_by_phone(tx->db, tx->keys, cmd->phone, &person) || person.state != PERSON_OPEN)
        return fault_set(fault, ERR_NOT_FOUND);
    if (!proves(tx, &person, cmd)) {
        struct fault full;
        throttle_count(tx, THROTTLE_RECOVERY, cmd->phone, &full);
        return fault_set(fault, ERR_RECOVERY_PROOF);
    }

    /* From here it must succeed. */
    throttle_forget(tx, THROTTLE_RECOVERY, cmd->phone);
    throttle_forget(tx, THROTTLE_LOGIN_PHONE, cmd->phone);
    sms_tell(tx, cmd->phone, TOLD_PASSWORD);
    return person_set_password(tx, person.id, cmd->password_hash, cmd->session, cmd->device, fault, out);
}
