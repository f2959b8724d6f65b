# SPDX-License-Identifier: Apache-2.0
"""Filters, search, month totals and the export against a naive model, while the index of the bills is not made, is being made, is made, is made
again, after kill -9, and beside an older store: python3 bills_story.py [sqlite|postgres:CONNINFO] [SEED]"""
import csv
import io
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import quote, urlencode

from harness import BUILD, PASSWORD, PIN, Server, check, finish, id_number, soon, story, until

STORE = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20261123
chance = random.Random(SEED)
NOTES = ["", "周末聚餐", "房租 11月", "Lunch, with \"friends\"", "=1+1", "+86", "-5", "@home", "100% % _", "早点铺旁边", "a,b", "'; DROP TABLE payment; --"]


def bills_of(client, query="", limit=100):
    """All pages of a list."""
    items, cursor = [], None
    while True:
        page = client.get(f"/v1/bills?limit={limit}{'&' + query if query else ''}{'&cursor=' + quote(cursor) if cursor else ''}").expect(200)
        items += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return items


# --- the model: every bill is known from the plain list, which comes from the chain and never from the index ---

FIELDS = ("kind", "state", "direction", "month", "amount_min", "amount_max", "q")


def fits(bill, query):
    words = query.get("q", "").lower()
    names = [bill["counterparty"]["name"], bill["note"]]
    if bill["counterparty"]["kind"] == "bank" and bill["source"]["card"]:
        names.append(bill["source"]["card"]["bank_en"])
    return (query.get("kind", bill["kind"]) == bill["kind"] and query.get("state", bill["state"]) == bill["state"]
            and query.get("direction", bill["direction"]) == bill["direction"] and bill["created_at"].startswith(query.get("month", ""))
            and query.get("amount_min", 0) <= bill["amount"] <= query.get("amount_max", 1 << 60)
            and any(words in name.lower() for name in names))


def totals(bills):
    """Month by month, newest first; from and to an own bank is neither in nor out."""
    out = []
    for month, those in itertools.groupby(bills, lambda bill: bill["created_at"][:7]):
        those = list(those)
        moved = [b for b in those if b["kind"] not in ("topup", "withdrawal", "settlement")]
        ins = [b["amount"] for b in moved if b["direction"] == "in" and b["state"] == "done"]
        outs = [b["amount"] for b in moved if b["direction"] == "out" and b["money_taken"] == "yes"]
        out.append({"month": month, "in": sum(ins), "out": sum(outs), "in_count": len(ins), "out_count": len(outs), "count": len(those)})
    return out


def queries(bills):
    """What to ask: each field alone, and some at once; the values that there are and some that there are not."""
    values = {
        "kind": sorted({b["kind"] for b in bills} | {"transfer"}),
        "state": sorted({b["state"] for b in bills} | {"declined", "in_doubt"}),
        "direction": ["in", "out"],
        "month": sorted({b["created_at"][:7] for b in bills} | {"2001-02"}),
        "amount_min": [1, 500, 5000, 90000000],
        "amount_max": [1, 499, 5000, 90000000],
        "q": ["聚餐", "房租", "LUNCH", "早点", "小", "王", "*", "%", "_", "100%", "' OR '1'='1", "=1", "招商", "china", "没有这个", "\\"],
    }
    asked = [{}] + [{field: value} for field in FIELDS for value in values[field]]
    for _ in range(30):
        some = chance.sample(FIELDS, chance.randint(2, 4))
        query = {field: chance.choice(values[field]) for field in some}
        if query.get("amount_max", 1 << 60) >= query.get("amount_min", 0):
            asked.append(query)
    return asked


def slim(bills):
    return [(b["id"], b["state"], b["amount"]) for b in bills]


def compare(client, when, few=False):
    model = bills_of(client)
    asked = queries(model)
    for query in chance.sample(asked, 12) if few else asked:
        words = urlencode(query)
        got, expected = bills_of(client, words, limit=chance.choice([1, 3, 20, 100]) if query else 100), [b for b in model if fits(b, query)]
        check(slim(got) == slim(expected), f"{when}: {query}: {len(got)} {slim(got)[:3]}, expected {len(expected)} {slim(expected)[:3]}")
    months = client.get("/v1/bills/months?count=36").expect(200)
    check(months["items"] == totals(model)[:36] and months["whole"], f"{when}: months {months['items']}, expected {totals(model)}")
    for query in ({"kind": "transfer"}, {"direction": "out", "q": "小"}):
        got = client.get("/v1/bills/months?count=36&" + urlencode(query)).expect(200)["items"]
        check(got == totals([b for b in model if fits(b, query)])[:36], f"{when}: months of {query}: {got}")
    rows = export(client, "2001-01-01")
    check([(row[8], row[3]) for row in rows[1:]] == [(b["id"], f"{b['amount'] // 100}.{b['amount'] % 100:02}") for b in model], f"{when}: the export has {len(rows) - 1} rows")
    return model


def export(client, begin, **more):
    answer = client.get("/v1/bills.csv?" + urlencode({"from": begin, **more}))
    answer.expect(200)
    check(answer.body.startswith(b"\xef\xbb\xbf") and answer.headers["Content-Type"].startswith("text/csv"), "a CSV that Excel reads")
    return list(csv.reader(io.StringIO(answer.body[3:].decode())))


def index_status(server):
    done = server.cli("--json", "index", "status")
    check(done.returncode == 0, done.stderr)
    import json
    return json.loads(done.stdout)["result"]


def indexed(server):
    """Waits until the index has all."""
    def all_of_it():
        now = index_status(server)
        return now if not now["building"] and now["entry"] == now["newest_entry"] else None

    return until(all_of_it, "the index stays behind")


class Town:
    """A few people and shops, and random deeds of theirs."""

    def __init__(self, server):
        self.server = server
        self.people = [server.person(200000) for _ in range(3)]
        self.shops = [server.shop("南门早点铺"), server.shop("Corner Café")]
        self.waiting = []

    def deed(self):
        who = chance.choice(self.people)
        what = chance.random()
        amount = chance.choice([1, 77, 499, 500, 1250, 3333, 8800])
        if what < 0.3:
            who.post("/v1/purchases", {"code": chance.choice(self.shops).merchant["code"], "amount": amount, "source": "balance", "pin": PIN})
        elif what < 0.4:
            who.post("/v1/purchases", {"code": self.shops[0].merchant["code"], "amount": amount, "source": "card", "card_id": who.card["id"], "pin": PIN})
        elif what < 0.6:
            other = chance.choice([p for p in self.people if p is not who])
            payee = who.plain("/v1/transfers/preview", {"phone": other.phone}).expect(200)["payee"]
            sent = who.post("/v1/transfers", {"payee_id": payee["id"], "amount": amount, "note": chance.choice(NOTES), "pin": PIN})
            if sent.status == 201:
                self.waiting.append((other, sent.json["payment"]["id"]))
        elif what < 0.8 and self.waiting:
            other, payment = self.waiting.pop(chance.randrange(len(self.waiting)))
            other.post(f"/v1/transfers/{payment}/{chance.choice(['accept', 'return'])}").expect(200)
        elif what < 0.9:
            who.post("/v1/topups", {"card_id": who.card["id"], "amount": amount, "pin": PIN})
        else:  # more than there is: a refusal
            who.post("/v1/purchases", {"code": self.shops[1].merchant["code"], "amount": 4000000 + amount, "source": "balance", "pin": PIN})

    def again(self):
        """After the server was started anew."""
        for who in self.people + self.shops:
            who.close()

    def deeds(self, count):
        for _ in range(count):
            self.deed()

    def settle(self):
        """Until no bank is asked any more, so that a model and a question see the same."""
        for who in self.people:
            until(lambda w=who: not any(b["state"] == "at_bank" for b in w.get("/v1/bills?limit=30").json["items"]), "a bank is asked without end")

    def compare(self, when, few=False):
        self.settle()
        for who in self.people + self.shops[:1]:
            compare(who, when, few)


def main():
    print(f"seed {SEED}")
    with Server(store=STORE) as server:
        town = Town(server)

        def behind():
            town.deeds(60)
            town.compare("at once", few=True)

        story("a bill is in its list, its filters and its month as soon as it is committed", behind)

        def made():
            indexed(server)
            town.compare("indexed")

        story("every filter, total and export is the model's", made)

        def changed():
            """States that move after indexing move in the filters."""
            a, b = town.people[0], town.people[1]
            payee = a.plain("/v1/transfers/preview", {"phone": b.phone}).expect(200)["payee"]
            sent = [a.post("/v1/transfers", {"payee_id": payee["id"], "amount": 321, "note": "搬家", "pin": PIN}).expect(201)["payment"]["id"] for _ in range(3)]
            indexed(server)
            ids = lambda client, query: [x["id"] for x in bills_of(client, query)]
            for who in (a, b):
                check(ids(who, "state=waiting&q=%E6%90%AC%E5%AE%B6") == sent[::-1], "waiting")
            b.post(f"/v1/transfers/{sent[0]}/accept").expect(200)
            b.post(f"/v1/transfers/{sent[1]}/return").expect(200)
            for wait in (False, True):
                for who in (a, b):
                    if wait:
                        indexed(server)
                    check(ids(who, "state=waiting&q=%E6%90%AC%E5%AE%B6") == [sent[2]], f"one waits, indexed {wait}")
                    check(ids(who, "state=done&q=%E6%90%AC%E5%AE%B6") == [sent[0]], "one is done")
                    check(ids(who, "state=returned&q=%E6%90%AC%E5%AE%B6") == [sent[1]], "one came back")
            b.post(f"/v1/transfers/{sent[2]}/accept").expect(200)

        story("a state that changed moves in the filters", changed)

        def later():
            """Other days and months; more runs, and merges."""
            for days in (1, 27, 40):
                check(server.cli("sandbox", "clock", f"+{days * 24}h").returncode == 0, "the clock moves")
                for who in town.people + town.shops:
                    who.cookie = None
                for who in town.people + town.shops:
                    who.plain("/v1/sessions", {"phone": who.phone, "password": PASSWORD}).expect(201)
                town.waiting.clear()  # they return by themselves now
                for who in town.people:
                    until(lambda w=who: not bills_of(w, "state=waiting"), "they do not return")
                for _ in range(4):
                    town.deeds(8)
                    indexed(server)
            town.compare("over months")
            months = town.people[0].get("/v1/bills/months").expect(200)["items"]
            check(len(months) >= 2, months)

        story("over months, in many runs", later)

        def meanwhile():
            """Questions while bills are written and indexed: never one too few, never one twice."""
            a = town.people[0]
            over, wrong = threading.Event(), []
            eye = server.client()
            eye.cookie = a.cookie

            def look():
                while not over.is_set():
                    known = {b["id"] for b in bills_of(a_reader)}
                    found = [b["id"] for b in bills_of(eye, "amount_min=1")]
                    if not known <= set(found) or len(found) != len(set(found)):
                        wrong.append((len(known), len(found)))
            a_reader = server.client()
            a_reader.cookie = a.cookie
            looks = threading.Thread(target=look)
            looks.start()
            try:
                town.deeds(120)
            finally:
                over.set()
                looks.join()
            check(not wrong, wrong[:3])
            town.compare("after a busy while", few=True)

        story("questions while the indexer runs", meanwhile)

        def rebuilt():
            before = [slim(bills_of(who, "direction=out")) for who in town.people]
            done = server.on_terminal("index", "rebuild")
            check(done.returncode == 0 and "running server" in done.stdout, done.stdout + done.stderr)
            check(" %, " in done.stderr and "entries" in done.stderr, f"progress is shown: {done.stderr!r}")
            check([slim(bills_of(who, "direction=out")) for who in town.people] == before, "the same as before")
            town.compare("rebuilt")

        story("index rebuild, beside the server", rebuilt)

        def killed():
            for wait in (0.0, 0.3, 1.2):
                town.deeds(15)
                time.sleep(wait)
                server.kill()
                server.start()
                town.again()
                town.compare(f"killed after {wait} s", few=True)
            indexed(server)
            town.compare("killed, and indexed")

        story("kill -9: what the index has not is in the books", killed)

        def alone():
            town.deeds(10)
            town.settle()
            server.stop()
            words = ["--data", server.dir, "index", "rebuild"]
            environment = dict(os.environ, **({"QIANBAO_STORE": STORE} if STORE else {}))
            done = subprocess.run([f"{BUILD}/src/bin/qianbao", *words], capture_output=True, text=True, timeout=120, env=environment)
            check(done.returncode == 0 and "no server runs" in done.stdout, done.stdout + done.stderr)
            server.start()
            town.again()
            check(index_status(server)["entry"] > 0, "the server goes on from there")
            town.compare("rebuilt alone")

        story("index rebuild, without a server", alone)

        def older():
            """An older store beside a newer index: dropped, said, and made anew. (On PostgreSQL the index is in the store and is restored with it.)"""
            indexed(server)
            server.stop()
            kept = tempfile.mkdtemp()
            for name in os.listdir(server.dir):
                if name.startswith("qianbao.db"):
                    shutil.copy(f"{server.dir}/{name}", kept)
            server.start()
            town.again()
            town.deeds(20)
            town.settle()
            indexed(server)
            server.stop()
            for name in os.listdir(kept):
                if ".bills" not in name:
                    shutil.copy(f"{kept}/{name}", server.dir)
            for name in ("qianbao.db-wal", "qianbao.db-shm"):
                if not os.path.exists(f"{kept}/{name}") and os.path.exists(f"{server.dir}/{name}"):
                    os.remove(f"{server.dir}/{name}")
            shutil.rmtree(kept)
            server.start()
            town.again()
            check("made from other books" in server.log(), "the log says so")
            town.waiting.clear()
            town.compare("an older store", few=True)
            indexed(server)
            town.compare("an older store, indexed")

        if not STORE:
            story("an older store beside a newer index", older)

        def broken():
            """A file that is no index is put away."""
            server.stop()
            with open(f"{server.dir}/qianbao.db.bills", "wb") as file:
                file.write(os.urandom(8192))
            server.start()
            town.again()
            town.compare("a broken index", few=True)
            indexed(server)
            town.compare("a broken index, made anew", few=True)
            server.stop()
            for name in os.listdir(server.dir):
                if ".bills" in name:
                    os.remove(f"{server.dir}/{name}")
            server.start()
            town.again()
            indexed(server)
            town.compare("dropped by hand", few=True)

        if not STORE:
            story("a broken index, and none", broken)

        def hostile():
            """Row 38: injection, and words that are expensive for others."""
            a = town.people[0]
            count = len(bills_of(a))
            for words in ("' OR '1'='1", "'; DROP TABLE payment; --", "\" OR 1=1 --", "%' AND 1=(SELECT 1) --", "\\", "$1", "{{7*7}}", "(((((a+)+)+)+)+)+$"):
                found = bills_of(a, "q=" + quote(words))
                check(all(words in b["note"] for b in found), f"{words}: {len(found)} found")
            for words in ("%" * 40, "_" * 40, "小" * 40, "a" * 39 + "b"):
                check(soon(1, lambda w=words: bills_of(a, "q=" + quote(w)), "expensive words") == [], words)
            check(len(bills_of(a)) == count, "nothing was changed")
            for query, code in (("q=" + "a" * 41, "BAD_FIELD"), ("q=%FF", "BAD_FIELD"), ("q=%00", "BAD_FIELD"), ("q=", "BAD_FIELD"), ("kind=x", "BAD_FIELD"),
                                ("kind=topup&kind=transfer", "BAD_FIELD"), ("state=1", "BAD_FIELD"), ("direction=up", "BAD_FIELD"), ("month=2026-13", "BAD_FIELD"),
                                ("month=2026-1%27", "BAD_FIELD"), ("amount_min=0", "BAD_FIELD"), ("amount_min=1.5", "BAD_FIELD"), ("amount_max=-1", "BAD_FIELD"),
                                ("amount_min=5&amount_max=4", "BAD_RANGE"), ("order=id", "UNKNOWN_FIELD"), ("sort=amount%3BDROP", "UNKNOWN_FIELD")):
                a.get("/v1/bills?" + query).expect(400, code)
            page = a.get("/v1/bills?direction=out&limit=1").expect(200)
            mark = quote(page["next_cursor"])
            for query in ("direction=in&", "", "direction=out&kind=purchase&"):
                a.get(f"/v1/bills?{query}limit=1&cursor={mark}").expect(400, "BAD_CURSOR")
            town.people[1].get(f"/v1/bills?direction=out&limit=1&cursor={mark}").expect(400, "BAD_CURSOR")
            for query, code in (("from=2026-02-30", "BAD_FIELD"), ("from=2026-03-02&to=2026-03-01", "BAD_RANGE"), ("language=fr", "BAD_FIELD")):
                a.get("/v1/bills.csv?" + query).expect(400, code)
            server.client().get("/v1/bills.csv").expect(401, "NOT_SIGNED_IN")

        story("hostile questions", hostile)

        def formulas():
            a, b = town.people[0], town.people[1]
            payee = a.plain("/v1/transfers/preview", {"phone": b.phone}).expect(200)["payee"]
            notes = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "a=1", "\"quoted\", and a comma"]
            for note in notes:
                a.post("/v1/transfers", {"payee_id": payee["id"], "amount": 11, "note": note, "pin": PIN}).expect(201)
            for language, title in (("zh", "时间"), ("en", "Time")):
                rows = export(a, "2001-01-01", language=language)
                check(rows[0][0] == title, rows[0])
                got = [row[5] for row in rows[1:7]][::-1]
                check(got == ["'" + note if note[0] in "=+-@" else note for note in notes], got)
                check(not any(cell[:1] in ("=", "+", "-", "@") for row in rows for cell in row), "no cell begins like a formula")

        story("an export that no spreadsheet runs", formulas)

        def names():
            """Somebody who verified a name later is found by what the bill shows now, indexed or not."""
            shop, payer = server.shop("旧名字小店"), town.people[1]
            payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 13, "source": "balance", "pin": PIN}).expect(201)
            indexed(server)
            shop.put(f"/v1/merchants/{shop.merchant['id']}", {"name": "新招牌小店"}).expect(200)
            for when in ("at once", "indexed", "rebuilt"):
                if when == "indexed":
                    indexed(server)
                if when == "rebuilt":
                    check(server.cli("index", "rebuild").returncode == 0, "rebuilt")
                hits = [len(bills_of(payer, "q=" + quote(words))) for words in ("新招牌", "旧名字")]
                check(hits == [1, 0], f"a shop that was renamed, {when}: {hits}")
            late, a = server.register(nickname="Nameless"), town.people[0]
            payee = a.plain("/v1/transfers/preview", {"phone": late.phone})
            payee = payee.json["payee"]["id"] if payee.status == 200 else late.person["id"]
            a.post("/v1/transfers", {"payee_id": payee, "amount": 12, "pin": PIN}).expect(422, "PAYEE_NOT_VERIFIED")
            found = lambda words: len(bills_of(a, "amount_min=12&amount_max=12&q=" + quote(words)))
            check(found("nameless") == 1 and found("欧阳") == 0, "by the nickname")
            indexed(server)
            check(found("NAMELESS") == 1 and found("*") == 0, "the same from the index")
            late.post("/v1/realname", {"name": "欧阳晓", "id_number": id_number(777)}).expect(200)
            shown = bills_of(a, "amount_min=12&amount_max=12")[0]["counterparty"]["name"]
            check("*" in shown and found("nameless(") == 1 and found(shown) == 1, f"{shown} is found")
            check(server.cli("index", "rebuild").returncode == 0 and found(shown) == 1, "and when it is made anew")

        story("names", names)
        server.audit()
    finish()


main()
