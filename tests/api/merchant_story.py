# SPDX-License-Identifier: Apache-2.0
"""A shop and those who run it: its name, its tills, its waiters, what a day brought, and the settlement that follows it:
python3 merchant_story.py [sqlite|postgres:CONNINFO]"""
import csv
import io
import json
import sys
import time

from harness import PIN, Server, card_number, check, finish, id_number, in_parallel, story, until
from sandbox import ask_bank, mode


class Shops:
    def __init__(self, server):
        self.server, self.shops = server, 0

    def shop(self, name=None, card=True):
        self.shops += 1
        owner = self.server.shop(name or f"商店{self.shops}")
        owner.path = f"/v1/merchants/{owner.merchant['id']}"
        if card:
            owner.card = self.server.bind(owner, self.number())
            chosen = owner.put(f"{owner.path}/settlement", {"card_id": owner.card["id"], "pin": PIN}).expect(200)["terms"]
            check(chosen["card"]["id"] == owner.card["id"] and chosen["rate"] == 60 and chosen["due_at"].endswith("T00:00:00.000+08:00"), chosen)
        return owner

    def number(self):
        return card_number(500_000 + next(self.server.numbers))

    def pay(self, person, code, amount, card=None, note=""):
        body = {"code": code, "amount": amount, "source": "card" if card else "balance", "note": note, "pin": PIN}
        if card:
            body["card_id"] = card["id"]
        payment = person.post("/v1/purchases", body).expect(201)["payment"]
        return self.server.settled(person, payment["id"], "done") if card else payment

    def pay_order(self, person, owner, amount):
        """By a code for this amount: what hangs on the wall takes 500.00 a day only."""
        order = owner.post(f"{owner.path}/orders", {"amount": amount}).expect(201)["order"]
        return self.pay(person, order["code"], amount)

    def clock(self, step):
        done = self.server.cli("sandbox", "clock", step)
        check(done.returncode == 0, done.stderr)

    def today(self):
        return self.server.client().get("/v1/config").json["time"][:10]

    def to_midnight(self, more_s=60):
        now = self.server.client().get("/v1/config").json["time"]
        past_s = int(now[11:13]) * 3600 + int(now[14:16]) * 60 + int(now[17:19])
        self.clock(f"+{86400 - past_s + more_s}s")

    def settlements(self, owner, count, state="done"):
        """The shop's settlements, once there are so many and the newest is in this state."""
        items = []

        def there():
            nonlocal items
            items = owner.get(f"{owner.path}/settlements").expect(200)["items"]
            return len(items) == count and (count == 0 or items[0]["payment"]["state"] == state)

        until(there, lambda: f"{len(items)} settlements: {[i['payment']['state'] for i in items]}")
        return items

    def terms(self, owner):
        return owner.get(f"{owner.path}/settlement").expect(200)["terms"]

    # --- the shop itself ---

    def rename(self):
        owner, person = self.shop("旧名字"), self.server.person(1_000)
        before = self.pay(person, owner.merchant["code"], 100)
        renamed = owner.put(owner.path, {"name": "新名字"}).expect(200)["merchant"]
        check((renamed["name"], renamed["code"], renamed["role"]) == ("新名字", owner.merchant["code"], "owner"), renamed)
        time.sleep(0.01)
        after = self.pay(person, owner.merchant["code"], 100)
        names = [person.get(f"/v1/bills/{p['id']}").json["bill"]["counterparty"]["name"] for p in (before, after)]
        check(names == ["旧名字", "新名字"], names)  # a bill tells of its time
        owner.put(owner.path, {"name": "第三个名字"}).expect(200)
        names = [person.get(f"/v1/bills/{p['id']}").json["bill"]["counterparty"]["name"] for p in (before, after)]
        check(names == ["旧名字", "新名字"], names)
        owner.post("/v1/merchants", {"name": "别家店"}).expect(201)
        owner.put(owner.path, {"name": "别家店"}).expect(409, "MERCHANT_TAKEN")
        owner.put(owner.path, {"name": "第三个名字"}).expect(200)
        owner.put(owner.path, {"name": ""}).expect(400, "BAD_FIELD")
        owner.put(owner.path, {"name": "长" * 31}).expect(400, "BAD_FIELD")
        person.put(owner.path, {"name": "抢来的"}).expect(404, "NOT_FOUND")

    def tills(self):
        owner, person = self.shop(), self.server.person(10_000)
        front = owner.post(f"{owner.path}/tills", {"name": "前台"}).expect(201)["till"]
        window = owner.post(f"{owner.path}/tills", {"name": "外卖窗口"}).expect(201)["till"]
        owner.post(f"{owner.path}/tills", {"name": "前台"}).expect(409, "TILL_TAKEN")
        renamed = owner.put(f"{owner.path}/tills/{window['id']}", {"name": "窗口"}).expect(200)["till"]
        check((renamed["name"], renamed["code"]) == ("窗口", window["code"]), renamed)
        owner.put(f"{owner.path}/tills/{window['id']}", {"name": "前台"}).expect(409, "TILL_TAKEN")
        check([t["name"] for t in owner.get(f"{owner.path}/tills").expect(200)["items"]] == ["前台", "窗口"], "the list")
        scanned = person.plain("/v1/scan", {"text": window["code"]}).expect(200)
        check(scanned["merchant"]["name"] == owner.merchant["name"] and scanned["amount"] is None, scanned)
        self.pay(person, front["code"], 100)
        first = self.pay(person, window["code"], 250)
        self.pay(person, window["code"], 300, person.card)
        self.pay(person, owner.merchant["code"], 1_000)
        order = owner.post(f"{owner.path}/orders", {"amount": 40, "till_id": front["id"]}).expect(201)["order"]
        self.pay(person, order["code"], 40)
        owner.post(f"{owner.path}/payments/{first['id']}/refunds", {"amount": 50, "pin": PIN}).expect(201)
        sums = {}
        for till in (front, window, None):
            day = owner.get(f"{owner.path}/takings{'?till_id=' + till['id'] if till else ''}").expect(200)
            sums[till["name"] if till else ""] = (day["count"], day["amount"], day["refund_count"], day["refunded"])
        check(sums == {"前台": (2, 140, 0, 0), "外卖窗口": (2, 550, 1, 50), "": (5, 1_690, 1, 50)}, sums)
        kinds = [(i["kind"], i["amount"], i["refunded"], i["till_id"]) for i in owner.get(f"{owner.path}/takings").json["items"]]
        check(("purchase", 250, 50, window["id"]) in kinds and ("refund", 50, 0, window["id"]) in kinds, kinds)
        other = self.shop()
        owner.get(f"{owner.path}/takings?till_id={other.post(f'{other.path}/tills', {'name': '别家'}).json['till']['id']}").expect(404, "NOT_FOUND")
        for i in range(18):
            owner.post(f"{owner.path}/tills", {"name": f"台{i}"}).expect(201)
        owner.post(f"{owner.path}/tills", {"name": "多一个"}).expect(409, "SHOP_FULL")

    # --- the waiter ---

    def waiter(self):
        """Each route of the shop, by its waiter: charging and today's takings, and nothing else."""
        owner, waiter, person = self.shop(), self.server.person(1_000), self.server.person(10_000)
        till = owner.post(f"{owner.path}/tills", {"name": "一号"}).expect(201)["till"]
        second = owner.post(f"{owner.path}/tills", {"name": "二号"}).expect(201)["till"]
        waiter.post(f"{owner.path}/orders", {"amount": 100}).expect(404, "NOT_FOUND")
        named = owner.post(f"{owner.path}/waiters", {"phone": waiter.phone, "till_id": till["id"]}).expect(201)["waiter"]
        check(named["till"]["name"] == "一号" and named["phone"][3:7] == "****" and waiter.phone not in json.dumps(named), named)
        owner.post(f"{owner.path}/waiters", {"phone": waiter.phone}).expect(409, "WAITER_TAKEN")
        owner.post(f"{owner.path}/waiters", {"phone": owner.phone}).expect(409, "WAITER_TAKEN")
        owner.post(f"{owner.path}/waiters", {"phone": "13700000009"}).expect(404, "NOT_FOUND")
        shops = waiter.get("/v1/merchants").expect(200)["items"]
        check([(s["id"], s["role"], s["till"]["id"]) for s in shops] == [(owner.merchant["id"], "waiter", till["id"])], shops)
        order = waiter.post(f"{owner.path}/orders", {"amount": 400}).expect(201)["order"]
        paid = self.pay(person, order["code"], 400)
        check(waiter.get(f"{owner.path}/orders/{order['id']}").expect(200)["order"]["state"] == "paid", "the waiter sees it paid")
        unpaid = waiter.post(f"{owner.path}/orders", {"amount": 500}).expect(201)["order"]
        waiter.post(f"{owner.path}/orders/{unpaid['id']}/close").expect(200)
        code = person.plain("/v1/paycode", {}).expect(201)["code"]
        charged = waiter.post(f"{owner.path}/charges", {"code": code, "amount": 90}).expect(201)["charge"]
        check(charged["state"] == "paid" and waiter.get(f"{owner.path}/charges/{charged['id']}").expect(200)["charge"]["state"] == "paid", charged)
        elsewhere = owner.post(f"{owner.path}/orders", {"amount": 600, "till_id": second["id"]}).expect(201)["order"]
        waiter.get(f"{owner.path}/orders/{elsewhere['id']}").expect(404, "NOT_FOUND")
        waiter.post(f"{owner.path}/orders/{elsewhere['id']}/close").expect(404, "NOT_FOUND")
        waiter.post(f"{owner.path}/orders", {"amount": 1, "till_id": second["id"]}).expect(404, "NOT_FOUND")
        self.pay(person, second["code"], 700)
        mine = waiter.get(f"{owner.path}/takings").expect(200)
        check((mine["count"], mine["amount"], [i["id"] for i in mine["items"]]) == (2, 490, [charged["payment_id"], paid["id"]]), mine)
        waiter.get(f"{owner.path}/takings?day={self.today()}").expect(200)
        refused = [
            ("GET", f"/takings?day=2026-01-01", None), ("GET", f"/takings?till_id={second['id']}", None), ("GET", "/days", None),
            ("GET", f"/statement.csv?day={self.today()}", None), ("GET", "/settlement", None), ("GET", "/settlements", None), ("GET", "/tills", None),
            ("GET", "/waiters", None), ("PUT", "", {"name": "我的店"}), ("POST", "/tills", {"name": "三号"}), ("PUT", f"/tills/{till['id']}", {"name": "X"}),
            ("POST", "/waiters", {"phone": person.phone}), ("DELETE", f"/waiters/{person.person['id']}", None), ("POST", "/settlements", {}),
            ("PUT", "/settlement", {"card_id": waiter.card["id"], "pin": PIN}), ("POST", f"/payments/{paid['id']}/refunds", {"amount": 1, "pin": PIN}),
        ]
        for method, path, body in refused:
            key = None if method == "GET" else f"waiter-refused-{len(path)}-{method}-key"
            waiter.call(method, owner.path + path, body, key).expect(403, "NOT_YOURS")
            person.call(method, owner.path + path, body, key).expect(404, "NOT_FOUND")
        person.get(f"/v1/payments/{paid['id']}").expect(200)
        waiter.get(f"/v1/payments/{paid['id']}").expect(404, "NOT_FOUND")
        waiters = owner.get(f"{owner.path}/waiters").expect(200)["items"]
        check([w["person_id"] for w in waiters] == [waiter.person["id"]], waiters)
        waiter.call("DELETE", f"{owner.path}/waiters/{waiter.person['id']}", key="a-waiter-who-leaves-").expect(200)
        waiter.post(f"{owner.path}/orders", {"amount": 100}).expect(404, "NOT_FOUND")
        check(waiter.get("/v1/merchants").json["items"] == [], "no shop is left")
        owner.post(f"{owner.path}/waiters", {"phone": waiter.phone}).expect(201)
        waiter.post(f"{owner.path}/orders", {"amount": 1, "till_id": second["id"]}).expect(201)  # any till now
        owner.call("DELETE", f"{owner.path}/waiters/{waiter.person['id']}", key="an-owner-who-sends-away").expect(200)
        owner.call("DELETE", f"{owner.path}/waiters/{waiter.person['id']}", key="an-owner-who-sends-away-twice").expect(404, "NOT_FOUND")
        waiter.post(f"{owner.path}/orders", {"amount": 100}).expect(404, "NOT_FOUND")

    # --- settlement ---

    def asked_for(self):
        owner, person = self.shop(), self.server.person(300_000)
        owner.post(f"{owner.path}/settlements").expect(409, "NOTHING_TO_SETTLE")
        paid = self.pay_order(person, owner, 100_000)
        owner.post(f"{owner.path}/payments/{paid['id']}/refunds", {"amount": 583, "pin": PIN}).expect(201)
        ready = self.terms(owner)
        check((ready["ready"], ready["fee"], ready["amount"]) == (99_417, 597, 98_820), ready)  # 0.6 % of 994.17 is 5.96502
        done = owner.post(f"{owner.path}/settlements").expect(201)["payment"]
        check((done["kind"], done["state"], done["amount"], done["fee"]) == ("settlement", "at_bank", 98_820, 597), done)
        done = self.server.settled(owner, done["id"], "done")
        check(done["counterparty"]["kind"] == "bank" and len(done["entries"]) == 4 and done["source"]["card"]["id"] == owner.card["id"], done)
        check(self.terms(owner)["ready"] == 0, "all of it")
        owner.post(f"{owner.path}/settlements").expect(409, "NOTHING_TO_SETTLE")
        short = owner.post(f"{owner.path}/payments/{paid['id']}/refunds", {"amount": 200, "pin": PIN}).expect(422, "REFUND_SHORT")["error"]
        check("2.00" in short["message"] and "2.00" in short["message_zh"], short)
        self.pay(person, owner.merchant["code"], 150)
        short = owner.post(f"{owner.path}/payments/{paid['id']}/refunds", {"amount": 200, "pin": PIN}).expect(422, "REFUND_SHORT")["error"]
        check("0.50" in short["message_zh"], short)
        owner.post(f"{owner.path}/payments/{paid['id']}/refunds", {"amount": 150, "pin": PIN}).expect(201)
        person.post(f"{owner.path}/settlements").expect(404, "NOT_FOUND")
        return owner

    def only_own_debit(self):
        owner, other = self.shop(card=False), self.server.person()
        self.pay(self.server.person(500), owner.merchant["code"], 500)
        owner.post(f"{owner.path}/settlements").expect(422, "SETTLEMENT_CARD")
        owner.put(f"{owner.path}/settlement", {"card_id": other.card["id"], "pin": PIN}).expect(404, "NOT_FOUND")
        owner.card = self.server.bind(owner, self.number())
        owner.put(f"{owner.path}/settlement", {"card_id": owner.card["id"], "pin": "111222"}).expect(403, "WRONG_PIN")
        owner.put(f"{owner.path}/settlement", {"card_id": owner.card["id"], "pin": PIN}).expect(200)
        owner.post(f"/v1/cards/{owner.card['id']}/unbind", {"pin": PIN}).expect(200)
        check(self.terms(owner)["card"] is None, "the card is gone")
        owner.post(f"{owner.path}/settlements").expect(422, "SETTLEMENT_CARD")

    def day_end(self):
        owner, person = self.shop(), self.server.person(300_000)
        paid = self.pay(person, owner.merchant["code"], 10_000)
        self.pay(person, owner.merchant["code"], 5_000, person.card)
        owner.post(f"{owner.path}/payments/{paid['id']}/refunds", {"amount": 1_000, "pin": PIN}).expect(201)
        day = self.today()
        self.settlements(owner, 0)
        self.to_midnight()
        first = self.settlements(owner, 1)[0]
        check((first["day"], first["rate"], first["payment"]["amount"], first["payment"]["fee"]) == (day, 60, 13_916, 84), first)
        takings = owner.get(f"{owner.path}/takings?day={day}").expect(200)
        check((takings["count"], takings["amount"], takings["refunded"]) == (2, 15_000, 1_000), takings)
        check(takings["amount"] - takings["refunded"] == first["payment"]["amount"] + first["payment"]["fee"], "takings less refunds is settlement and fee")
        other = self.shop()
        self.pay(person, other.merchant["code"], 1_000)
        self.to_midnight()  # a day without takings; the other shop had some
        self.settlements(other, 1)
        check(len(self.settlements(owner, 1)) == 1, "nothing to settle")
        days = owner.get(f"{owner.path}/days?month={day[:7]}").expect(200)
        mine = next(d for d in days["items"] if d["day"] == day)
        check((mine["count"], mine["amount"], mine["refund_count"], mine["refunded"]) == (2, 15_000, 1, 1_000), mine)

    def after_midnight(self):
        """What comes in behind the day's end is the next day's, also when the settlement comes late."""
        owner, person = self.shop(), self.server.person(300_000)
        self.pay(person, owner.merchant["code"], 10_000)
        self.server.kill()
        for client in (owner, person):
            client.close()
        self.server.start()
        self.to_midnight()
        self.settlements(owner, 1)
        self.pay(person, owner.merchant["code"], 20_000)
        mode(self.server, "CMB", "decline")
        self.to_midnight()
        declined = self.settlements(owner, 2, "declined")[0]["payment"]
        mode(self.server, "CMB", "normal")
        check(declined["reason"]["code"] == "BANK_DECLINED" and declined["money_taken"] == "no", declined)
        check(self.terms(owner)["ready"] == 20_000, "still there")
        self.pay(person, owner.merchant["code"], 500)
        self.to_midnight()
        both = self.settlements(owner, 3)[0]["payment"]
        check(both["amount"] + both["fee"] == 20_500 and both["fee"] == 123, both)

    def catches_up(self):
        """Days that went by without a server are settled when it is back."""
        owner, person = self.shop(), self.server.person(300_000)
        mode(self.server, "CMB", "outage")
        self.pay(person, owner.merchant["code"], 7_000)
        self.to_midnight()
        first = self.settlements(owner, 1, "in_doubt")[0]
        self.pay(person, owner.merchant["code"], 3_000)
        self.clock("+50h")
        two = self.settlements(owner, 2, "in_doubt")
        check([t["payment"]["amount"] + t["payment"]["fee"] for t in two] == [3_000, 7_000], two)
        check(self.terms(owner)["ready"] == 0, "held while in doubt")
        mode(self.server, "CMB", "normal")
        self.clock("+2h")
        until(lambda: not any(t["payment"]["state"] == "in_doubt" for t in owner.get(f"{owner.path}/settlements").json["items"]), "in doubt for ever")
        left = self.terms(owner)["ready"]
        states = sorted(t["payment"]["state"] for t in owner.get(f"{owner.path}/settlements").json["items"])
        check(set(states) <= {"done", "declined"} and left == sum(t["payment"]["amount"] + t["payment"]["fee"] for t in two
              if owner.get(f"/v1/payments/{t['payment']['id']}").json["payment"]["state"] == "declined"), (states, left, first))

    def jump(self):
        """Several days at once: each is settled, the shop's own rate counts."""
        owner, person = self.shop(), self.server.person(300_000)
        told = self.server.cli("--json", "merchant", "fee", "--id", owner.merchant["id"], "--rate", "0.38%")
        check(told.returncode == 0 and json.loads(told.stdout)["result"]["rate"] == 38, told.stdout + told.stderr)
        self.pay(person, owner.merchant["code"], 12_345)
        self.clock("+80h")
        done = self.settlements(owner, 1)[0]
        check((done["rate"], done["payment"]["fee"], done["payment"]["amount"]) == (38, 47, 12_298), done)  # 46.911
        for words, rate in (("default", 60), ("0", 0), ("10%", 1000)):
            told = json.loads(self.server.cli("--json", "merchant", "fee", "--id", owner.merchant["id"], "--rate", words).stdout)["result"]
            check(told["rate"] == rate and self.terms(owner)["rate"] == rate, told)
        for words in ("-1%", "10.01%", "x", "0.001%", ""):
            check(self.server.cli("merchant", "fee", "--id", owner.merchant["id"], "--rate", words).returncode in (1, 2), words)
        check(self.server.cli("merchant", "fee", "--id", "0" * 26, "--rate", "1%").returncode == 1, "no such shop")

    def asked_at_once(self):
        owner, person = self.shop(), self.server.person(300_000)
        self.pay(person, owner.merchant["code"], 10_000)
        clients = [self.server.client() for _ in range(20)]
        for client in clients:
            client.cookie = owner.cookie
        answers = in_parallel(20, lambda i: clients[i].post(f"{owner.path}/settlements"))
        check(sorted(str(a.code) for a in answers) == ["NOTHING_TO_SETTLE"] * 19 + ["None"], [a.code for a in answers])

    # --- the bookkeeper ---

    def statement(self):
        person = self.server.register(nickname="=HYPERLINK(1)")
        person.put("/v1/pin", {"pin": PIN}).expect(200)
        person.post("/v1/realname", {"name": "王小强", "id_number": self.id_number()}).expect(200)
        person.card = self.server.bind(person, self.number())
        self.server.topup(person, 50_000)
        owner = self.shop()
        till = owner.post(f"{owner.path}/tills", {"name": "@前台"}).expect(201)["till"]
        paid = self.pay(person, till["code"], 1_234, note="+86 \"引号\",逗号")
        self.pay(person, owner.merchant["code"], 2_000)
        owner.post(f"{owner.path}/payments/{paid['id']}/refunds", {"amount": 34, "reason": "-1", "pin": PIN}).expect(201)
        done = owner.post(f"{owner.path}/settlements").expect(201)["payment"]
        self.server.settled(owner, done["id"], "done")
        answer = owner.get(f"{owner.path}/statement.csv?day={self.today()}")
        check(answer.status == 200 and answer.headers["Content-Type"].startswith("text/csv"), answer.headers)
        check(answer.body.startswith(b"\xef\xbb\xbf") and answer.body.endswith(b"\r\n"), "its form")
        rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
        check(rows[0] == ["时间", "类型", "单号", "收银台", "对方", "收入", "支出", "余额", "备注"] and all(len(r) == 9 for r in rows), rows[0])
        lines = [r for r in rows[1:] if r[0]]
        check([r[1] for r in lines] == ["收款", "收款", "退款", "结算", "手续费"], [r[1] for r in lines])
        check([r[7] for r in lines] == ["12.34", "32.34", "32.00", "0.19", "0.00"], [r[7] for r in lines])
        check(lines[0][3] == "'@前台" and lines[0][4].startswith("'=HYPERLINK") and lines[0][8] == "'+86 \"引号\",逗号" and lines[2][8] == "'-1", lines[0])
        check(not any(cell[:1] in "=+-@" for row in rows for cell in row if cell), "no cell begins like a formula")
        sums = {r[1]: [c for c in r[5:8] if c] for r in rows[1:] if not r[0]}
        check(sums == {"期初余额": ["0.00"], "收款合计": ["32.34"], "退款合计": ["0.34"], "结算合计": ["31.81"], "手续费合计": ["0.19"], "期末余额": ["0.00"]}, sums)
        english = owner.get(f"{owner.path}/statement.csv?day={self.today()}&lang=en").body.decode("utf-8-sig")
        check(english.startswith('"Time","Kind","Number"') and "Closing balance" in english, english[:80])
        check(len(owner.get(f"{owner.path}/statement.csv?day=2020-01-01").body.decode().splitlines()) == 7, "an empty day")
        for bad in ("2026-13-01", "2026-02-30", "x" * 10):
            owner.get(f"{owner.path}/statement.csv?day={bad}").expect(400, "BAD_FIELD")

    def id_number(self):
        return id_number(700 + next(self.server.numbers))

    def operator(self):
        owner = self.shop("运营商看的店")
        listed = json.loads(self.server.cli("--json", "merchant", "list").stdout)["result"]["items"]
        mine = next(m for m in listed if m["id"] == owner.merchant["id"])
        check(mine["name"] == "运营商看的店" and mine["owner"][3:7] == "****", mine)
        shown = json.loads(self.server.cli("--json", "merchant", "show", "--id", owner.merchant["id"]).stdout)["result"]
        check((shown["name"], shown["rate"], shown["own_rate"], shown["balance"], shown["tills"]) == ("运营商看的店", 60, False, 0, 0), shown)
        check("运营商看的店" in self.server.cli("merchant", "list").stdout, "for people")
        check(self.server.cli("merchant", "show", "--id", "x").returncode == 1, "no such shop")

    def books(self):
        check(ask_bank(self.server, "/sandbox/state", {})["adds_up"], "the bank's book does not add up")
        self.server.audit()



def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store, flags=["--session-life", "3650d"]) as server:
        it = Shops(server)
        story("a name changes; old bills keep theirs", it.rename)
        story("tills: own codes, takings by till", it.tills)
        story("a waiter charges and sees today, and nothing else", it.waiter)
        story("a settlement that is asked for; the shop never falls below zero", it.asked_for)
        story("only to the owner's own debit card", it.only_own_debit)
        story("settled once, twenty at once", it.asked_at_once)
        story("the day's end: takings less refunds less fee", it.day_end)
        story("what came behind the day's end, and what a bank declined", it.after_midnight)
        story("a clock that jumps over days; a rate of its own", it.jump)
        story("days in doubt, one after the other", it.catches_up)
        story("the statement: every line, the ledger's sums, no formulas", it.statement)
        story("the operator's view", it.operator)
        story("the books", it.books)
    finish()


main()
