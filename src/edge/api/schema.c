/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/schema.h"

const struct schema schemas[] = {
    /* what goes wrong */
    {"Error", "error:Fault"},
    {"Fault", "code:string class:string message:string message_zh:string help:string explain:Explanation? "
              "field:string next:Next[] "
              "money_taken:string request_id:string"},
    {"Explanation", "rule:string rule_text:string rule_text_zh:string short_by:integer? passes_at:time? "
                    "passes_when:string passes_when_zh:string works:Work[]"},
    {"Work", "work:string label:string label_zh:string"},
    {"Next", "do:string label:string label_zh:string href:string"},
    {"Reason", "code:string message:string message_zh:string help:string explain:Explanation? next:Next[]"},
    /* the server */
    {"State", "state:string"},
    {"Config", "name:string version:string app_min:string sandbox:boolean currency:string time:time "
               "payment_max:integer "
               "tier1_lifetime:integer tier2_year:integer tier3_year:integer operator:Operator"},
    {"Operator", "name:string phone:string mail:string hours:string"},
    {"Texts", "errors:ErrorText[] kinds:KindText[] states:StateText[]"},
    {"ErrorText", "code:string number:integer class:string status:integer money_taken:string message:string "
                  "message_zh:string help:string next:Next[]"},
    {"KindText", "kind:string label:string label_zh:string"},
    {"StateText", "kind:string? direction:string? state:string label:string label_zh:string"},
    {"Help", "groups:HelpGroup[] items:HelpItem[]"},
    {"HelpGroup", "name:string label:string label_zh:string"},
    {"HelpItem", "name:string group:string title:string title_zh:string opening:string opening_zh:string"},
    {"HelpArticle", "name:string group:string title:string title_zh:string opening:string opening_zh:string "
                    "blocks:Block[] blocks_zh:Block[]"},
    {"Block", "kind:string spans:Span[]"},
    {"Span", "kind:string text:string href:string"},
    {"Announcements", "items:Announcement[]"},
    {"Announcement", "id:id title:string title_zh:string blocks:Block[] blocks_zh:Block[] pinned:boolean "
                     "read:boolean from_at:time until_at:time"},
    {"AnnouncementRead", "read:boolean"},
    /* what rests */
    {"Status", "read_only:boolean books_checked:boolean time:time windows:Window[] functions:StatusPart[] "
               "banks:StatusPart[]"},
    {"Window", "id:id state:string functions:string[] bank:string? everything:boolean emergency:boolean "
               "words:string words_zh:string progress:string progress_zh:string starts_at:time ends_at:time "
               "changed_at:time"},
    {"StatusPart", "name:string label:string label_zh:string open:boolean until:time?"},
    /* cases */
    {"Cases", "items:CaseItem[] next_cursor:string?"},
    {"CaseItem", "id:id kind:string kind_label:string kind_label_zh:string step:string step_label:string "
                 "step_label_zh:string due_at:time? opened_at:time closed_at:time? bill_id:id? code:string? "
                 "decision:string? decision_label:string? decision_label_zh:string?"},
    {"CaseAnswer", "case:Case"},
    {"Case", "id:id kind:string kind_label:string kind_label_zh:string step:string step_label:string "
             "step_label_zh:string due_at:time? opened_at:time closed_at:time? bill_id:id? code:string? "
             "decision:string? decision_label:string? decision_label_zh:string? lines:CaseLine[] "
             "evidence:CaseEvidence[]"},
    {"CaseLine", "by:string what:string words:string decision:string? decision_label:string? "
                 "decision_label_zh:string? at:time"},
    {"CaseEvidence", "name:string label:string label_zh:string"},
    /* people */
    {"CodeSent", "sent_to:string expires_at:time resend_at:time"},
    {"PersonAnswer", "person:Person"},
    {"Person", "id:id phone:string nickname:string tier:integer real_name:RealName pin:Pin merchants:integer "
               "unread:integer frozen:boolean created_at:time"},
    {"RealName", "state:string name:string id_number:string valid_until:time? document:string"},
    {"DocumentAnswer", "document:Document"},
    {"Document", "state:string front:boolean back:boolean sent_at:time? decided_at:time? reason:Reason?"},
    {"RealNameAnswer", "real_name:RealName tier:integer"},
    {"Pin", "set:boolean locked_until:time?"},
    {"PinAnswer", "pin:Pin"},
    {"PinReset", "reset_id:id sent_to:string expires_at:time"},
    {"Sessions", "items:Session[] next_cursor:string?"},
    {"Session", "id:id device:string current:boolean created_at:time last_seen_at:time"},
    {"Devices", "items:Device[] next_cursor:string?"},
    {"Device", "id:id name:string current:boolean first_used_at:time last_used_at:time days:integer"},
    {"Ended", "ended:integer"},
    {"Closing", "can_close:boolean reasons:Reason[]"},
    {"Closed", "closed:boolean"},
    /* cards */
    {"CardFacts", "issuer:string issuer_en:string kind:string supported:boolean"},
    {"Cards", "items:Card[] next_cursor:string?"},
    {"Card", "id:id bank:string bank_en:string bank_code:string kind:string first6:string last4:string "
             "state:string bound_at:time"},
    {"CardAnswer", "card:Card"},
    {"CardBound", "card:Card tier:integer"},
    {"Binding", "binding_id:id sent_to:string expires_at:time"},
    /* money */
    {"Limits", "tier:integer items:Limit[] next:Next[]"},
    {"Limit", "limit:string label:string label_zh:string about:string about_zh:string most:integer "
              "used:integer left:integer "
              "resets_at:time?"},
    {"Balance", "being_checked:boolean posted:integer? available:integer? held:integer? incoming:integer? "
                "as_of:time sequence:string"},
    {"Explain",
     "at:time past:boolean being_checked:boolean posted:integer? held:integer? available:integer? "
     "stopped:boolean coming:integer other_held:integer pocket:integer as_of:time sequence:id holds:Hold[] "
     "coming_items:Hold[] "
     "whole:boolean out:Moves in:Moves moves_since:time limits:Limit[] causes:Cause[]"},
    {"Hold", "reason:string title:string title_zh:string text:string text_zh:string amount:integer "
             "owner:string since:time until:time? bill_id:id?"},
    {"Moves", "count:integer sum:integer largest:Movement[]"},
    {"Movement", "bill_id:id? kind:string direction:string amount:integer name:string at:time"},
    {"Cause", "cause:string number:integer title:string title_zh:string text:string text_zh:string "
              "amount:integer count:integer until:time? bill_id:id? help:string next:Next[]"},
    {"Pocket", "being_checked:boolean amount:integer? opened_at:time? as_of:time"},
    {"Timeline", "by:string items:Point[]"},
    {"Point", "from:time until:time posted:integer in:integer out:integer own_in:integer own_out:integer "
              "count:integer"},
    {"Freezes", "frozen:boolean items:Freeze[]"},
    {"FreezeAnswer", "freeze:Freeze"},
    {"Freeze",
     "id:id kind:string kind_label:string kind_label_zh:string reason:string reason_label:string "
     "reason_label_zh:string scope:string stops:string stops_zh:string works:string works_zh:string "
     "send:string send_zh:string functions:Function[] amount:integer held:integer taken:integer "
     "document:string "
     "state:string since:time until:time? ended_at:time? can_lift:boolean"},
    {"Function", "function:string label:string label_zh:string"},
    {"Recount", "agrees:boolean count:integer opening:integer in:integer out:integer sum:integer "
                "held:integer kept:integer "
                "as_of:time sequence:id case_id:id?"},
    {"Selfcheck", "items:Check[]"},
    {"Check", "check:string label:string label_zh:string state:string cause:string? text:string "
              "text_zh:string next:Next[]"},
    {"PaymentAnswer", "payment:Payment"},
    {"BillAnswer", "bill:Payment"},
    {"Payment",
     "id:id kind:string state:string direction:string amount:integer fee:integer counterparty:Counterparty "
     "source:Source note:string created_at:time "
     "updated_at:time expires_at:time? arrives_at:time? money_taken:string reason:Reason? order_id:id? "
     "refunded:integer refund_of:id? refunds:RefundPart[] tries:Try[] doubt:Doubt? moves:Move[] "
     "entries:id[]"},
    {"Bill",
     "id:id kind:string state:string direction:string amount:integer fee:integer counterparty:Counterparty "
     "source:Source note:string created_at:time "
     "updated_at:time expires_at:time? arrives_at:time? money_taken:string reason:Reason? order_id:id? "
     "refunded:integer refund_of:id?"},
    {"RefundPart", "id:id amount:integer state:string at:time"},
    {"Bills", "items:Bill[] next_cursor:string?"},
    {"Months", "items:Month[] whole:boolean next_cursor:string?"},
    {"Month", "month:string in:integer out:integer in_count:integer out_count:integer count:integer"},
    {"Counterparty", "kind:string name:string"},
    {"Source", "kind:string card:Card?"},
    {"Move", "state:string at:time"},
    {"Doubt", "since:time asked:integer next_probe:time"},
    {"Try", "state:string kind:string card:Card? reason:Reason?"},
    {"WithdrawalTerms",
     "amount:integer fee:integer total:integer available:integer free:integer free_left:integer "
     "rate:integer fee_min:integer most:integer most_fee:integer"},
    {"Notices", "items:Notice[] next_cursor:string? seen:string"},
    {"Notice",
     "id:id bill_id:id? case_id:id? freeze_id:id? kind:string state:string direction:string amount:integer "
     "counterparty:Counterparty at:time read:boolean text:string text_zh:string"},
    {"Unread", "unread:integer"},
    {"PayeeAnswer", "payee:Payee"},
    {"Payees", "items:Payee[] next_cursor:string?"},
    {"TransferSettings", "arrival:string"},
    {"Payee", "id:id name:string nickname:string phone:string?"},
    {"Scan",
     "kind:string merchant:ScanMerchant? payee:Payee? code:string amount:integer? order_id:id? note:string"},
    {"ScanMerchant", "id:id name:string"},
    {"Receive", "code:string"},
    /* merchants */
    {"MerchantAnswer", "merchant:Merchant"},
    {"Merchants", "items:Merchant[] next_cursor:string?"},
    {"Merchant", "id:id name:string code:string role:string till:Till? created_at:time"},
    {"OrderAnswer", "order:Order"},
    {"Order",
     "id:id code:string amount:integer note:string state:string expires_at:time payment:OrderPayment?"},
    {"OrderPayment", "id:id payer:string at:time"},
    {"Takings",
     "day:string count:integer amount:integer refund_count:integer refunded:integer settled:integer "
     "fee:integer whole:boolean items:Taking[]"},
    {"TakingsMonth", "month:string whole:boolean items:TakingsDay[]"},
    {"TakingsDay", "day:string count:integer amount:integer refund_count:integer refunded:integer "
                   "settled:integer fee:integer"},
    {"Tills", "items:Till[]"},
    {"Till", "id:id name:string code:string created_at:time"},
    {"TillAnswer", "till:Till"},
    {"Waiters", "items:Waiter[]"},
    {"Waiter", "person_id:id name:string phone:string till:Till? since:time"},
    {"WaiterAnswer", "waiter:Waiter"},
    {"SettlementTerms", "terms:Terms"},
    {"Terms", "card:Card? rate:integer due_at:time? ready:integer fee:integer amount:integer"},
    {"Settlements", "items:Settlement[] next_cursor:string?"},
    {"Settlement", "day:string rate:integer payment:Bill"},
    {"RefundAnswer", "payment:Payment parts:Payment[] left:integer"},
    {"Taking", "id:id kind:string amount:integer refunded:integer payer:string at:time source:string "
               "order_id:id? till_id:id?"},
    {"ChargeAnswer", "charge:Charge"},
    {"Charge", "id:id state:string amount:integer note:string payer:string created_at:time expires_at:time? "
               "ended_at:time? payment_id:id? reason:Reason?"},
    /* payment codes */
    {"Paycode", "code:string asks_pin:boolean expires_at:time life_ms:integer bars:string qr:QrPath"},
    {"QrPath", "side:integer path:string"},
    {"PaycodeState",
     "suspended:boolean free:boolean free_most:integer free_per_day:integer free_left:integer "
     "charge:AskedCharge?"},
    {"AskedCharge",
     "id:id state:string amount:integer shop:string note:string expires_at:time? left_ms:integer "
     "bill_id:id?"},
    /* the sandbox */
    {"DemoInbox", "items:DemoSms[]"},
    {"DemoSms", "phone:string code:string purpose:string at:time from:string"},
    {"DemoPeople", "items:DemoPerson[] passing:DemoPassing[]"},
    {"DemoPassing", "cause:string role:string role_zh:string how:string how_zh:string"},
    {"DemoPerson",
     "phone:string password:string pin:string name:string id_number:string cards:DemoPersonCard[] "
     "role:string role_zh:string cause:string"},
    {"DemoPersonCard", "number:string bank:string"},
    {"DemoCards", "items:DemoCard[]"},
    {"DemoCard",
     "number:string bank:string bank_en:string bank_code:string behaviour:string behaviour_zh:string"},
    {"DemoClock", "time:time offset_s:integer"},
};
const size_t schemas_count = sizeof schemas / sizeof schemas[0];
