/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bank/link.h"

static bool line_ask(struct bank_exchange *exchange, struct bank_reply *out) {
    exchange_begin(exchange);
    return exchange_done(exchange, curl_easy_perform(exchange->curl), out) == EXCHANGE_ANSWERED;
}

static const struct bank_line *line_of(struct bank_link *link) {
    return ((struct bank_http_link *)link)->line;
}

static enum err link_check(struct bank_link *link, const struct bank_elements *elements,
                           struct bank_check *out, struct fault *fault) {
    const struct bank_dialect *dialect = bank_dialect(elements->bank);
    struct bank_exchange exchange;
    struct bank_reply reply;
    exchange_init(&exchange, line_of(link));
    dialect->check(elements, &exchange.call);
    enum err err = line_ask(&exchange, &reply) ? dialect->check_heard(&reply, out) : ERR_BANK_OUT_OF_REACH;
    exchange_release(&exchange);
    return err == ERR_OK ? ERR_OK : bank_fault(elements->bank, err, fault);
}

static enum err link_confirm(struct bank_link *link, int bank, struct text reference, struct text code,
                             struct bank_grant *out, struct fault *fault) {
    const struct bank_dialect *dialect = bank_dialect(bank);
    struct bank_exchange exchange;
    struct bank_reply reply;
    exchange_init(&exchange, line_of(link));
    dialect->confirm(bank, reference, code, &exchange.call);
    enum err err = line_ask(&exchange, &reply) ? dialect->confirm_heard(&reply, out) : ERR_BANK_OUT_OF_REACH;
    exchange_release(&exchange);
    return err == ERR_OK ? ERR_OK : bank_fault(bank, err, fault);
}

void bank_http_link_init(struct bank_http_link *link, const struct bank_line *line) {
    *link = (struct bank_http_link){{link_check, link_confirm}, line};
}

bool bank_sandbox_call(const struct bank_line *line, const char *path, const char *body, struct buf *out) {
    struct bank_exchange exchange;
    struct bank_reply reply;
    exchange_init(&exchange, line);
    exchange.call.path = path;
    buf_add_text(&exchange.call.body, body);
    bool answered = line_ask(&exchange, &reply) && reply.status == 200;
    if (answered) buf_add(out, reply.body.p, reply.body.n);
    exchange_release(&exchange);
    return answered;
}
