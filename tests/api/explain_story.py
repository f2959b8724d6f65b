# SPDX-License-Identifier: Apache-2.0
"""Why a balance is what it is: each cause made true for real, and the answer for moments that were: python3 explain_story.py [sqlite|postgres:CONNINFO]"""
import datetime
import json
import sys
import time
from urllib.parse import quote

from harness import PASSWORD, PIN, Server, check, finish, id_number, png, story
from sandbox import back, mode, special

EXPLAIN = "/v1/balance/explain"


def causes(answer):
    return [cause["cause"] for cause in answer["causes"]]


def the(answer, name):
    found = [cause for cause in answer["causes"] if cause["cause"] == name]
    check(len(found) >= 1, f"no {name} among {causes(answer)}")
    return found[0]


class Explaining:
    def __init__(self, server):
        self.server = server

    def ask(self, person, **query):
        """The explanation; it always adds up, and agrees with the balance."""
        words = "&".join(f"{key}={quote(value)}" for key, value in query.items())
        answer = person.get(EXPLAIN + (f"?{words}" if words else "")).expect(200)
        check(answer["available"] == answer["posted"] - answer["held"], answer)
        check(answer["coming"] == sum(h["amount"] for h in answer["coming_items"]), ("coming", answer))
        check(answer["whole"] and answer["held"] == sum(h["amount"] for h in answer["holds"]) + answer["other_held"], ("held", answer["held"], answer["holds"]))
        if not query:
            now = person.get("/v1/balance").expect(200)
            check((now["posted"], now["held"], now["available"]) == (answer["posted"], answer["held"], answer["available"]), (now, answer))
        for cause in answer["causes"]:
            check(all("{" not in cause[key] and cause[key] for key in ("title", "title_zh", "text", "text_zh")), cause)
            check(cause["help"] and (cause["next"] or cause["cause"] == "ALL_THERE"), cause)
        return answer

    def operator(self, person, answer, *more):
        """`qianbao explain` says what the person was told."""
        done = self.server.cli("--json", "explain", person.phone, *more)
        told = json.loads(done.stdout)["result"]
        check([told[k] for k in ("posted", "held", "available", "coming")] == [answer[k] for k in ("posted", "held", "available", "coming")], (told, answer))
        check([(c["cause"], c["title"], c["text"]) for c in told["causes"]] == [(c["cause"], c["title"], c["text"]) for c in answer["causes"]], (told, answer))
        shown = dict(line.split(None, 1) for line in self.server.cli("explain", person.phone, *more).stdout.splitlines() if len(line.split(None, 1)) == 2)
        check([shown[k] for k in ("posted", "pocket")] == [f"{told[k] // 100}.{told[k] % 100:02}" for k in ("posted", "pocket")], shown)

    def rich(self, amount=100_000, kind=None, bank=("622588", 16)):
        person = self.server.person(amount)
        if kind is not None:  # a card belongs to whoever bound it first: one person a kind and bank
            person.card = self.server.bind(person, special(kind, *bank))
        return person

    def shop_code(self, shop):
        return shop.merchant["code"]

    def buy(self, person, shop, amount):
        return person.post("/v1/purchases", {"code": self.shop_code(shop), "amount": amount, "source": "balance", "pin": PIN}).expect(201)["payment"]

    def send(self, person, other, amount, arrival="now"):
        payee = person.plain("/v1/transfers/preview", {"phone": other.phone}).expect(200)["payee"]
        return person.post("/v1/transfers", {"payee_id": payee["id"], "amount": amount, "pin": PIN, "arrival": arrival}).expect(201)["payment"]

    def clock(self, by):
        check(self.server.cli("sandbox", "clock", by).returncode == 0, "the clock")

    # --- each cause ---

    def never_funded(self):
        answer = self.ask(self.server.person())
        check(causes(answer) == ["NEVER_FUNDED"] and answer["available"] == 0, answer)
        check(the(answer, "NEVER_FUNDED")["next"][0]["do"] == "TOPUP", answer)

    def name_missing(self):
        answer = self.ask(self.server.register())
        check(causes(answer) == ["NEVER_FUNDED", "NAME_MISSING"] and answer["limits"] == [], answer)

    def all_there(self):
        person = self.rich()
        answer = self.ask(person, since=self.now())
        check(causes(answer) == ["ALL_THERE"] and "1,000.00" in the(answer, "ALL_THERE")["text_zh"], answer)
        check(causes(self.ask(person)) == ["RECEIVED"], "the top-up came in")

    def now(self):
        return self.server.client().get("/v1/config").expect(200)["time"]

    def spent(self):
        person, shop = self.rich(9_000), self.server.shop()
        for amount in (1_000, 4_000, 500, 700, 800, 2_000):
            self.buy(person, shop, amount)
        answer = self.ask(person)
        told = the(answer, "SPENT")
        check((told["amount"], told["count"], answer["available"]) == (9_000, 6, 0), answer)
        check([m["amount"] for m in answer["out"]["largest"]] == [4_000, 2_000, 1_000, 800, 700], answer["out"])
        check(answer["out"]["largest"][0]["name"] == "南门早点铺" and answer["out"]["largest"][0]["bill_id"], answer["out"])
        self.clock("+50d")
        person.plain("/v1/sessions", {"phone": person.phone, "password": PASSWORD}).expect(201)
        later = self.ask(person, since=self.now())
        check(the(later, "SPENT")["count"] == 6, "an empty balance has its reason further back")

    def transfers(self):
        person, other = self.rich(10_000), self.rich(100)
        waiting = self.send(person, other, 3_000)
        later = self.send(person, other, 7_000, "24h")
        answer = self.ask(person)
        check(causes(answer)[:2] == ["TRANSFER_ARRIVING", "TRANSFER_WAITING"] and answer["available"] == 0 and answer["posted"] == 10_000, answer)
        check(the(answer, "TRANSFER_WAITING")["bill_id"] == waiting["id"] and the(answer, "TRANSFER_ARRIVING")["bill_id"] == later["id"], answer)
        hold = next(h for h in answer["holds"] if h["bill_id"] == waiting["id"])
        check(hold["owner"] and hold["until"] == waiting["expires_at"], (hold, waiting))
        check(the(answer, "TRANSFER_ARRIVING")["until"] == later["arrives_at"], answer)
        theirs = self.ask(other)
        check(causes(theirs) == ["COMING_LATER", "COMING_WAITS", "RECEIVED"] and theirs["coming"] == 10_000 and theirs["available"] == 100, theirs)

    def withdrawals(self):
        person = self.rich(150_000, kind=7)
        terms = person.plain("/v1/withdrawals/preview", {"amount": 149_000}).expect(200)
        body = {"card_id": person.card["id"], "amount": 149_000, "fee": terms["fee"], "pin": PIN}
        payment = person.post("/v1/withdrawals", body).expect(201)["payment"]
        answer = self.ask(person)
        told = the(answer, "WITHDRAWAL_GOING")
        check(told["amount"] == 149_000 + terms["fee"] and told["bill_id"] == payment["id"] and terms["fee"] > 0, (told, terms))
        self.server.settled(person, payment["id"], "done")
        check("WITHDRAWAL_GOING" not in causes(self.ask(person)), "it has arrived")

    def withdrawal_back(self):
        person = self.rich(50_000, kind=5)
        payment = person.post("/v1/withdrawals", {"card_id": person.card["id"], "amount": 50_000, "fee": 0, "pin": PIN}).expect(201)["payment"]
        self.server.settled(person, payment["id"], "declined")
        answer = self.ask(person)
        check(the(answer, "WITHDRAWAL_BACK")["bill_id"] == payment["id"] and answer["available"] == 50_000, answer)

    def doubt(self):
        person, again = self.rich(20_000), self.server.person()
        again.card = self.server.bind(again, special(1, "622700", 19))
        for bank in ("CMB", "CCB"):  # for as long as it is looked at
            mode(self.server, bank, "outage")
        out = person.post("/v1/withdrawals", {"card_id": person.card["id"], "amount": 20_000, "fee": 0, "pin": PIN}).expect(201)["payment"]
        payment = again.post("/v1/topups", {"card_id": again.card["id"], "amount": 700, "pin": PIN}).expect(201)["payment"]
        self.server.settled(person, out["id"], "in_doubt")
        answer = self.ask(person)
        check(the(answer, "BANK_IN_DOUBT")["bill_id"] == out["id"] and answer["available"] == 0, answer)
        self.server.settled(again, payment["id"], "in_doubt")
        answer = self.ask(again)
        check(causes(answer) == ["COMING_IN_DOUBT"] and answer["available"] == 0 and answer["coming"] == 700, answer)
        for bank in ("CMB", "CCB"):
            back(self.server, bank)
        self.server.settled(person, out["id"], "done")
        self.server.settled(again, payment["id"], "done")

    def from_bank(self):
        person = self.server.person()
        person.card = self.server.bind(person, special(7, "622700", 19))
        payment = person.post("/v1/topups", {"card_id": person.card["id"], "amount": 900, "pin": PIN}).expect(201)["payment"]
        answer = self.ask(person)
        check(causes(answer)[0] == "COMING_FROM_BANK" and answer["coming"] == 900, answer)
        self.server.settled(person, payment["id"], "done")

    def refund_to_card(self):
        person, shop = self.rich(0), self.server.shop("退款铺")
        paid = person.post("/v1/purchases", {"code": self.shop_code(shop), "amount": 2_000, "source": "card", "pin": PIN, "card_id": person.card["id"]}).expect(201)["payment"]
        self.server.settled(person, paid["id"], "done")
        check(causes(self.ask(person)) == ["NEVER_FUNDED"], "a card's money only passed through")
        mode(self.server, "CMB", "delay")
        shop.post(f"/v1/merchants/{shop.merchant['id']}/payments/{paid['id']}/refunds", {"reason": "不新鲜", "pin": PIN}).expect(201)
        answer = self.ask(person)
        mode(self.server, "CMB", "normal")
        check(the(answer, "REFUND_TO_CARD")["amount"] == 2_000 and answer["held"] == 2_000 and answer["available"] == 0, answer)

    def limits(self):
        person, other = self.rich(700_000), self.rich(0)
        self.send(person, other, 500_000)
        answer = self.ask(person)
        told = the(answer, "LIMIT_REACHED")
        check(told["until"] and told["amount"] == 500_000 and answer["available"] == 200_000, told)
        poor = self.server.person(card=False)
        self.accept(self.send(self.rich(150_000), poor, 120_000), poor)
        self.send(poor, other, 100_000)
        answer = self.ask(poor)
        check(the(answer, "LIFE_LIMIT")["next"][0]["do"] == "BIND_CARD" and answer["available"] == 20_000, answer)

    def accept(self, payment, person):
        person.post(f"/v1/transfers/{payment['id']}/accept").expect(200)

    def name_rejected(self):
        person = self.server.register()
        person.post("/v1/realname", {"name": "李不符", "id_number": id_number(901)}).expect(422, "REALNAME_REJECTED")
        answer = self.ask(person)
        check(causes(answer) == ["NEVER_FUNDED", "NAME_REJECTED"], answer)
        person.post("/v1/realname", {"name": "李相符", "id_number": id_number(901)}).expect(200)
        check(causes(self.ask(person)) == ["NEVER_FUNDED"], "verified")

    def name_expired(self):
        person, other, shop = self.rich(5_000), self.rich(100), self.server.shop("证件铺")
        today = self.now()[:10]
        renew = lambda day, pin=PIN: person.put("/v1/realname/validity", {"pin": pin, **({"valid_until": day} if day else {})})
        renew("2001-01-01").expect(400, "BAD_RANGE")
        renew("2031-02-30").expect(400, "BAD_FIELD")
        renew(today, "111222").expect(403, "WRONG_PIN")
        until = renew(today).expect(200)["real_name"]["valid_until"]
        check(until.startswith(f"{today}T23:59:59"), until)
        self.buy(person, shop, 100)
        self.clock("+1d")
        answer = self.ask(person)
        told = the(answer, "NAME_EXPIRED")
        check(told["until"] == until and answer["available"] == 4_900 and told["next"][0]["href"] == "#/realname", told)
        self.operator(person, answer)
        code = {"code": self.shop_code(shop), "amount": 100, "source": "balance", "pin": PIN}
        error = person.post("/v1/purchases", code).expect(422, "IDENTITY_EXPIRED")["error"]
        check(error["money_taken"] == "no", error)
        person.post("/v1/purchases", {**code, "source": "card", "card_id": person.card["id"]}).expect(422, "IDENTITY_EXPIRED")
        person.post("/v1/withdrawals", {"card_id": person.card["id"], "amount": 100, "fee": 0, "pin": PIN}).expect(422, "IDENTITY_EXPIRED")
        payee = person.plain("/v1/transfers/preview", {"phone": other.phone}).expect(200)["payee"]
        person.post("/v1/transfers", {"payee_id": payee["id"], "amount": 100, "pin": PIN, "arrival": "now"}).expect(422, "IDENTITY_EXPIRED")
        self.server.topup(person, 100)  # what comes in still comes in
        renew("2041-01-01").expect(200)
        check(causes(self.ask(person)) == ["SPENT", "RECEIVED"], "in date again")
        self.buy(person, shop, 100)

    def rests(self):
        """What rests is told by name and end, only to whom it concerns, and of the past as long as it is known."""
        person, shop = self.rich(4_000), self.server.shop("维护铺")
        self.server.staff("ning")

        def window(what, hours):
            return self.server.by("ning", "maintenance", "add", "--what", what, "--for", f"{hours}h", "--words", "The hall is swept.", "--words_zh", "打扫大厅。")

        def told():
            return [(c["title"], c["title_zh"], c["next"][0]["href"]) for c in self.ask(person)["causes"] if c["cause"] == "MAINTENANCE"]

        def over(*windows):
            for one in windows:
                self.server.by("ning", "maintenance", "end", "--id", one["id"])

        bank, others, shops = window(f"bank:{person.card['bank_code']}", 2), window("bank:CCB", 3), window("refund,settlement", 3)
        check(told() == [("Maintenance: China Merchants Bank", "正在维护:招商银行", "/status")], told())
        over(bank, others, shops)
        check(told() == [], "over")
        two = window("withdrawal,purchase", 1)
        check(told() == [("Maintenance: Withdraw, Pay in shops", "正在维护:提现、扫码付款", "/status")], told())
        code = {"code": self.shop_code(shop), "amount": 100, "source": "balance", "pin": PIN}
        person.post("/v1/purchases", code).expect(503, "MAINTENANCE")
        cause = the(self.ask(person), "MAINTENANCE")
        check(cause["until"] == two["ends_at"] and cause["until"][:10] in cause["text_zh"] and cause["help"] == "maintenance", (cause, two))
        whole, then = window("everything", 4), self.now()
        check(told() == [("Maintenance: the whole wallet", "正在维护:整个钱包", "/status")], told())
        over(whole, two)
        time.sleep(0.02)
        check(told() == [] and "MAINTENANCE" not in causes(self.ask(person, at=self.now())), "all of it is over")
        check("MAINTENANCE" in causes(self.ask(person, at=then)), "and then it was")
        check(self.server.by("ning", "maintenance", "readonly", "on")["read_only"], "on")
        check(the(self.ask(person), "READING_ONLY")["next"][0]["href"] == "/status", "nothing is taken")
        self.server.by("ning", "maintenance", "readonly", "off")
        check(causes(self.ask(person)) == ["RECEIVED"], "off")
        self.buy(person, shop, 100)

    def documents(self):
        """Photos of the ID card: looked at, not accepted, sent again."""
        person = self.rich(1_000)
        head = {"Content-Type": "image/png"}
        both = lambda: [person.call("PUT", f"/v1/realname/document/{side}", raw=png(), headers=head, key=f"{time.time_ns():032}").expect(200)["document"] for side in ("front", "back")][-1]
        self.server.staff("shen")
        both()
        check(the(self.ask(person), "NAME_IN_REVIEW")["until"], "who sent them is told so")
        review = lambda *more: self.server.by("shen", "realname", "review", "--id", person.person["id"], *more)
        review("--revision", str(review()["revision"]), "--verdict", "blurred")
        told = the(self.ask(person), "PHOTOS_REJECTED")
        check(told["next"][0]["href"] == "#/document", told)
        both()
        check("PHOTOS_REJECTED" not in causes(self.ask(person)), "sent again")

    def frozen(self):
        person = self.rich(4_000)
        person.post("/v1/freezes").expect(201)
        told = self.ask(person)["causes"][0]
        check((told["cause"], told["amount"]) == ("FROZEN_ALL", 4_000) and told["next"][0]["href"].startswith("#/freezes") and "自己" in told["text_zh"], told)
        self.server.staff("ling")
        self.server.by("ling", "freeze", "add", "--phone", person.phone, "--kind", "court", "--scope", "amount", "--reason", "见文书", "--amount", "10.00", "--document", "(2026)京0105执1号")
        told = the(self.ask(person), "FROZEN_PART")
        check(told["amount"] == 1_000, told)

    def other_account(self):
        phone = self.server.client()  # one browser, two accounts
        usual, guest = self.server.person(1_000), self.server.person()

        def sign_in(person):
            head = {"Cookie": f"qb_device={self.device}"} if self.device else {}
            answer = phone.call("POST", "/v1/sessions", {"phone": person.phone, "password": PASSWORD}, headers=head)
            answer.expect(201)
            return answer

        self.device = None
        cookies = sign_in(usual).cookies
        self.device = next(c.split(";")[0].split("=", 1)[1] for c in cookies if c.startswith("qb_device="))
        check(any("Max-Age=63072000" in c and "HttpOnly" in c and "SameSite=Lax" in c for c in cookies), cookies)
        for _ in range(3):
            self.clock("+1d")
            check(not any(c.startswith("qb_device=") for c in sign_in(usual).cookies), "the device has its cookie")
        sign_in(guest)
        both = {"Cookie": f"qb_session={phone.cookie}; qb_device={self.device}"}
        answer = phone.call("GET", EXPLAIN, headers=both).expect(200)
        told = the(answer, "OTHER_ACCOUNT")
        check(told["count"] == 4 and usual.phone[:3] in told["text_zh"] and usual.phone not in told["text_zh"] and "****" in told["text"], told)
        items = phone.call("GET", "/v1/devices", headers=both).expect(200)["items"]
        check([i["current"] for i in items][0] and items[0]["days"] == 1 and items[0]["first_used_at"] == items[0]["last_used_at"], items)
        check("OTHER_ACCOUNT" not in causes(phone.call("GET", EXPLAIN, headers={"Cookie": f"qb_session={phone.cookie}"}).expect(200)), "no cookie, no device")
        usual_now = sign_in(usual)
        check("OTHER_ACCOUNT" not in causes(phone.call("GET", EXPLAIN, headers={"Cookie": f"qb_session={phone.cookie}; qb_device={self.device}"}).expect(200)), usual_now)

    def app_old(self):
        person = self.rich(500)
        shop = self.server.shop("旧版铺")

        def call(version, method, path, body=None):
            head = {"App-Version": version}
            return person.call(method, path, body, key=f"{time.time_ns():032}" if method == "POST" else None, headers=head)

        body = {"code": self.shop_code(shop), "amount": 10, "source": "balance", "pin": PIN}
        for version in ("1.1.9", "0.9", "1.2", "x", "1.2.-3"):
            error = call(version, "POST", "/v1/purchases", body).expect(426, "APP_OLD")["error"]
            check(error["next"][0]["do"] == "UPDATE" and error["money_taken"] == "no" and version in error["message"], error)
            told = the(call(version, "GET", EXPLAIN).expect(200), "APP_OLD")
            check(version in told["text_zh"], told)
        for version in ("1.2.1", "1.2.10", "1.10", "2"):
            call(version, "POST", "/v1/purchases", body).expect(201)
            check("APP_OLD" not in causes(call(version, "GET", EXPLAIN).expect(200)), version)
        check(person.get("/v1/config").expect(200)["app_min"] == "1.2.1", "the app is told")

    # --- as of then ---

    def then(self):
        """Every state that it was in is told again afterwards, by its moment and by its bill."""
        person, other, shop = self.rich(10_000), self.rich(100), self.server.shop("从前铺")
        seen = []

        def look():
            time.sleep(0.02)
            seen.append((self.now(), self.ask(person)))
            time.sleep(0.02)

        look()
        first = self.send(person, other, 3_000)
        look()
        self.buy(person, shop, 6_500)
        look()
        self.clock("+3h")
        self.accept(first, other)
        look()
        second = self.send(person, other, 500, "2h")
        look()
        refused = person.post("/v1/purchases", {"code": self.shop_code(shop), "amount": 800, "source": "balance", "pin": PIN})
        refused.expect(422, "INSUFFICIENT_BALANCE")
        self.clock("+2h")
        self.server.settled(person, second["id"], "waiting")
        look()
        person.post(f"/v1/transfers/{second['id']}/recall").expect(409, "TRANSFER_ARRIVED")
        self.clock("+2d")
        self.server.settled(person, second["id"], "returned")
        look()
        self.server.topup(person, 100)
        for at, was in seen:
            told = self.ask(person, at=at)
            for key in ("posted", "held", "available", "coming"):
                check(told[key] == was[key], (at, key, told[key], was[key], causes(told), causes(was)))
            check([(h["reason"], h["amount"], h["until"]) for h in told["holds"]] == [(h["reason"], h["amount"], h["until"]) for h in was["holds"]], (told["holds"], was["holds"]))
            check(told["past"] and not was["past"], "the past says so")
        self.operator(person, told, "--at", at)
        before = self.ask(person, bill=first["id"])
        check((before["posted"], before["held"]) == (10_000, 0), before)
        bills = person.get("/v1/bills").expect(200)["items"]
        refusal = next(b for b in bills if b["state"] == "refused")
        then = self.ask(person, bill=refusal["id"])
        check((then["available"], then["held"]) == (0, 500) and causes(then)[0] in ("SPENT", "TRANSFER_ARRIVING"), then)
        yesterday = (datetime.datetime.fromisoformat(seen[0][0]) - datetime.timedelta(days=40)).isoformat(timespec="milliseconds")
        person.get(f"{EXPLAIN}?at={quote(yesterday)}").expect(400, "BAD_RANGE")
        person.get(f"{EXPLAIN}?at={quote('2999-01-01T00:00:00+08:00')}").expect(400, "BAD_RANGE")
        person.get(f"{EXPLAIN}?at=yesterday-at-ten-in-the-night").expect(400, "BAD_FIELD")
        other.get(f"{EXPLAIN}?bill={refusal['id']}").expect(404, "NOT_FOUND")
        self.server.client().get(EXPLAIN).expect(401, "NOT_SIGNED_IN")


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store, flags=["--app-min", "1.2.1"]) as server:
        it = Explaining(server)
        story("never funded", it.never_funded)
        story("the name is missing", it.name_missing)
        story("nothing holds it back; what came in", it.all_there)
        story("spent, biggest first; and further back than a month", it.spent)
        story("transfers that wait and that arrive later, from both sides", it.transfers)
        story("a withdrawal under way, with its fee", it.withdrawals)
        story("a withdrawal that came back", it.withdrawal_back)
        story("a bank in doubt, out and in", it.doubt)
        story("a top-up at the bank", it.from_bank)
        story("a refund on its way to the card", it.refund_to_card)
        story("limits that are used up", it.limits)
        story("a name that was rejected", it.name_rejected)
        story("an ID card that expired: nothing leaves until it is renewed", it.name_expired)
        story("photos of the ID card that are looked at, and that are not accepted", it.documents)
        story("what is frozen, whole and in part", it.frozen)
        story("what rests: by name and end, and only whom it concerns", it.rests)
        story("a device that usually has another account", it.other_account)
        story("an app that is too old reads, and does no more", it.app_old)
        story("as of then: every state is told again", it.then)
        server.audit()
    finish()


main()
