# SPDX-License-Identifier: Apache-2.0
"""This looks wrong: an account added up again, and one whose books somebody changed: python3 recount_story.py [sqlite|postgres:CONNINFO]"""
import contextlib
import json
import secrets
import sqlite3
import subprocess
import sys
import threading

from bend import bend_sqlite, bent
from harness import PATIENCE_S, PIN, Server, check, finish, story, until
from openapi_test import Stream


class Recounts:
    def __init__(self, server):
        self.server = server

    def check(self, person):
        return person.post("/v1/balance/check").expect(200)

    def agrees(self):
        person, shop = self.server.person(10_000), self.server.shop()
        check(self.check(self.server.register())["count"] == 1, "an account that was only opened")
        for amount in (100, 250):
            person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": amount, "source": "balance", "pin": PIN}).expect(201)
        other = self.server.person()
        payee = person.plain("/v1/transfers/preview", {"phone": other.phone}).expect(200)["payee"]
        send = lambda amount: person.post("/v1/transfers", {"payee_id": payee["id"], "amount": amount, "pin": PIN, "arrival": "now"}).expect(201)["payment"]
        send(1_000)
        other.post(f"/v1/transfers/{send(2_000)['id']}/accept").expect(200)
        other.post(f"/v1/transfers/{send(300)['id']}/return").expect(200)
        told, now = self.check(person), person.get("/v1/balance").expect(200)
        check(told["agrees"] and told["case_id"] is None and not now["being_checked"], told)
        check((told["sum"], told["held"], told["in"], told["out"]) == (7_650, 1_000, 10_000, 2_350) and told["sum"] == now["posted"], (told, now))
        check(told["count"] == 1 + 2 + 2 + 5, told["count"])

    def pages(self):
        """More entries than a page of the walk holds: all are counted."""
        person = self.server.person(100_000)
        for _ in range(300):
            person.post("/v1/pocket/in", {"amount": 1}).expect(201)
        told = self.check(person)
        check(told["agrees"] and told["count"] == 303 and told["sum"] == 99_700, told)

    def psql(self, text):
        done = subprocess.run(["psql", "-AtX", self.server.store.removeprefix("postgres:"), "-c", text], capture_output=True, text=True, check=True)
        return done.stdout

    def sql(self, text):
        """Somebody writes to the store behind the server's back."""
        if self.server.store:
            self.psql(text)
            return
        db = sqlite3.connect(f"{self.server.dir}/qianbao.db", timeout=20)
        with db:
            db.execute(text)
        db.close()

    def bend(self, was, becomes):
        """Somebody changes the amount of an entry behind the server's back."""
        if not self.server.store:
            return bend_sqlite(self.server.dir, was, becomes)
        lines = (line.split("|") for line in self.psql("SELECT first, encode(body, 'hex') FROM ledger_row").split())
        first, body = bent(((int(first), bytes.fromhex(body)) for first, body in lines), was, becomes)
        return self.psql(f"UPDATE ledger_row SET body = decode('{body.hex()}', 'hex') WHERE first = {first}")

    def differs(self):
        person, shop = self.server.person(50_000), self.server.shop("改账铺")
        person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 12_345, "source": "balance", "pin": PIN}).expect(201)
        self.bend(12_345, 12_346)  # while it runs: a start would look and refuse
        told = self.check(person)
        check(not told["agrees"] and told["sum"] != told["kept"] and told["case_id"], told)
        now = person.get("/v1/balance").expect(200)
        check(now["being_checked"] and now["posted"] is None and now["available"] is None, now)
        why = person.get("/v1/balance/explain").expect(200)
        check(why["causes"][0]["cause"] == "BEING_CHECKED" and why["available"] is None and why["being_checked"], why["causes"])
        person.post("/v1/pocket/in", {"amount": 1}).expect(422, "PAYER_FROZEN")
        error = person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 5, "source": "balance", "pin": PIN}).expect(422, "PAYER_FROZEN")["error"]
        check(error["money_taken"] == "no", error)
        opened = person.get(f"/v1/cases/{told['case_id']}").expect(200)["case"]
        check(opened["kind"] == "wrong_balance", opened)
        check("does not add up" in self.server.log(), "the operator's log says so")
        again = self.check(person)
        check(not again["agrees"] and again["case_id"] == told["case_id"], "the same case")
        found = self.findings()
        check([(one["by"], one["reach"]) for one in found] == [("recount", "account")] and self.metric("findings") == 1, found)
        other = self.server.person(500)
        check(self.check(other)["agrees"], "everybody else goes on")
        self.bend(12_346, 12_345)
        closed = self.close(found[0])
        check(closed["closed_at"] and not self.findings() and self.metric("findings") == 0, closed)
        now = person.get("/v1/balance").expect(200)
        check(not now["being_checked"] and now["posted"] == 50_000 - 12_345, now)
        person.post("/v1/pocket/in", {"amount": 1}).expect(201)

    # --- what an audit of everything finds ---

    def metric(self, name):
        for line in self.server.client().get("/metrics").expect(200).body.decode().splitlines():
            if line.startswith(f"qianbao_books_{name} "):
                return float(line.split()[1])
        raise AssertionError(name)

    def findings(self):
        return json.loads(self.server.cli("--json", "books", "list").stdout)["result"]["items"]

    def close(self, finding, code=0):
        return self.server.by("核账员", "books", "close", "--id", finding["id"], "--reason", "the row was put back from the backup", code=code)

    def audit(self, code):
        done = self.server.cli("audit")
        check(done.returncode == code, done.stdout + done.stderr)
        return done.stdout

    def is_checked(self, client, checked, cause="BEING_CHECKED"):
        now, why = client.get("/v1/balance").expect(200), client.get("/v1/balance/explain").expect(200)
        check(now["being_checked"] is checked and (now["available"] is None) is checked and (now["posted"] is None) is checked, now)
        check(why["being_checked"] is checked and (why["causes"][0]["cause"] == cause) is checked, why["causes"])

    def named(self):
        """Rows of another room that do not fit: those whom the group's entries touch, and nobody else."""
        payer, shop, other = self.server.person(70_000), self.server.shop("对不上的店"), self.server.person(900)
        payer.post("/v1/pocket/in", {"amount": 100}).expect(201)
        payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 23_451, "source": "balance", "pin": PIN}).expect(201)
        self.sql("UPDATE payment SET amount = 23452 WHERE amount = 23451")
        streams = [Stream(self.server, client) for client in (payer, shop, other)]
        said = self.audit(4)
        for stream in streams[:2]:
            check(b"event: changed" in stream.until(b"changed"), f"whose figure is withheld was not told: {stream.got}")
        check("those that qianbao books list names" in said, said)
        found = self.findings()
        check(found and {one["reach"] for one in found} == {"account"} and len(found) == 2 and all(one["person"] for one in found), found)
        check(self.metric("findings") == 2 and self.metric("everybody") == 0, "the figures for the operator")
        status = json.loads(self.server.cli("--json", "status").stdout)["result"]
        check(status["books_findings"] == 2 and status["everybody_withheld"] is False, status)
        for client in (payer, shop):
            self.is_checked(client, True)
            client.plain("/v1/withdrawals/preview", {"amount": 100}).expect(503, "BOOKS_CHECKED")
            client.get("/v1/balance/timeline").expect(503, "BOOKS_CHECKED")
            opened = client.get("/v1/cases").expect(200)["items"]
            check([one["kind"] for one in opened] == ["wrong_balance"], opened)
        topup = {"card_id": payer.card["id"], "amount": 500, "pin": PIN}
        payer.post("/v1/topups", topup).expect(422, "CREDITS_FROZEN")
        pocket = payer.get("/v1/pocket").expect(200)
        check(pocket["being_checked"] and pocket["amount"] is None, pocket)
        shop.get(f"/v1/merchants/{shop.merchant['id']}/settlement").expect(503, "BOOKS_CHECKED")
        payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 5, "source": "balance", "pin": PIN}).expect(422, "PAYER_FROZEN")
        self.is_checked(other, False)
        check(b"changed" not in streams[2].got + streams[2].until(b"changed", 0.2), "a stranger was told")
        for stream in streams:
            stream.socket.close()
        other.post("/v1/pocket/in", {"amount": 1}).expect(201)
        self.audit(4)
        check(len(self.findings()) == 2, "the same is not found twice")
        check(self.close(found[0], code=1)["code"] == "BOOKS_DIFFER", "nobody closes what does not hold")
        self.sql("UPDATE payment SET amount = 23451 WHERE amount = 23452")
        for one in found:
            self.close(one)
        self.close(found[0], code=1)
        self.audit(0)
        for client in (payer, shop):
            self.is_checked(client, False)
        payer.post("/v1/topups", topup).expect(201)
        acts = [line["act"] for line in json.loads(self.server.cli("--json", "staff", "log").stdout)["result"]["items"]]
        check(acts.count("books-found") == 3 and acts.count("books-close") == 3, acts)

    def nobody(self):
        """A row that moves no money: an alarm, and no figure is in question."""
        person = self.server.person(800)
        self.sql("UPDATE audit_log SET reason = 'another' WHERE act = 1")
        said, found = self.audit(4), self.findings()
        check("nobody's" in said and [one["reach"] for one in found] == ["nobody"], f"{said} {found}")
        self.is_checked(person, False)
        person.post("/v1/pocket/in", {"amount": 1}).expect(201)
        self.sql("UPDATE audit_log SET reason = '' WHERE act = 1")
        self.close(found[0])

    def everybody(self):
        """An entry itself: nothing behind it is proven, so nobody is shown a figure and nothing moves."""
        person, shop = self.server.person(60_000), self.server.shop("断链铺")
        sent = self.server.person(0)
        bought, key = {"code": shop.merchant["code"], "amount": 34_561, "source": "balance", "pin": PIN}, secrets.token_hex(16)
        paid = person.post("/v1/purchases", bought, key).expect(201)
        self.bend(34_561, 34_560)
        streams = [Stream(self.server, client) for client in (person, shop, sent)]
        check("everybody's" in self.audit(4), "who is concerned")
        for stream in streams:  # each reads again at a moment of chance within that time
            check(b'event: changed\ndata: {"within_ms":' in stream.until(b"within_ms"), f"was not told: {stream.got}")
            stream.socket.close()
        check(self.metric("everybody") == 1 and [one["reach"] for one in self.findings()] == ["everybody"], self.findings())
        for client in (person, shop, sent):
            self.is_checked(client, True, "BOOKS_CHECKED")
        error = person.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 5, "source": "balance", "pin": PIN}).expect(503, "BOOKS_CHECKED")["error"]
        check(error["money_taken"] == "no" and "正在核对" in error["message_zh"] and "checking our books" in error["message"], error)
        check(person.post("/v1/purchases", bought, key).expect(201) == paid, "what was done is not said to be not done")
        person.post("/v1/cases", {"about": "other", "words": "我的零钱在哪里"}).expect(201)  # asking us goes on
        status = self.server.client().get("/v1/status").expect(200)
        page = self.server.client().call("GET", "/status", headers={"Accept": "text/html"}).body.decode()
        check(status["books_checked"] and "正在核对全部账目" in page and "no balance is shown" in page, status)
        check(not any(one["open"] for one in status["functions"]) and "暂停" in page, "and no function is said to work")
        self.server.stop()
        self.bend(34_560, 34_561)  # or the start would look and refuse
        self.server.start()
        for client in (person, shop, sent):
            client.close()
            self.is_checked(client, True, "BOOKS_CHECKED")  # a start does not forget it
        stream = Stream(self.server, sent)
        self.close(self.findings()[0])
        check(b"within_ms" in stream.until(b"within_ms"), f"that figures are back was not told: {stream.got}")
        stream.socket.close()
        for client in (person, shop, sent):
            self.is_checked(client, False)
        person.post("/v1/pocket/in", {"amount": 1}).expect(201)

    def status(self):
        return json.loads(self.server.cli("--json", "status").stdout)["result"]

    def audited(self, after):
        """What the server says of its next audit that ended; nobody asks for one."""
        until(lambda: self.status()["books_audit"]["ended_at"] != after, "it does not audit itself")
        return self.status()["books_audit"]

    def a_day_on(self):
        done = self.server.cli("sandbox", "clock", "+25h")
        check(done.returncode == 0, done.stderr)

    def by_the_clock(self):
        """Nobody types anything: the server finds it, stops those whom it concerns and says so."""
        payer, shop, other = self.server.person(90_000), self.server.shop("自己查的店"), self.server.person(600)
        payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 36_781, "source": "balance", "pin": PIN}).expect(201)
        before = self.status()["books_audit"]
        check(before["holds"] and before["held_at"] == before["ended_at"] and before["every_s"] == 86_400, before)
        self.sql("UPDATE payment SET amount = 36782 WHERE amount = 36781")
        self.a_day_on()
        found = self.audited(before["ended_at"])
        check(not found["holds"] and found["held_at"] == before["held_at"], found)
        findings = self.findings()
        check([(one["by"], one["reach"]) for one in findings] == [("audit", "account")] * 2, findings)
        check("audited by the clock, they do NOT hold" in self.server.log(), "the log has a line")
        for client in (payer, shop):
            self.is_checked(client, True)
        self.is_checked(other, False)
        self.sql("UPDATE payment SET amount = 36781 WHERE amount = 36782")
        for one in findings:  # each is an audit that holds
            self.close(one)
        closed = self.status()["books_audit"]
        check(closed["holds"] and closed["held_at"] > found["held_at"] and closed["failed"] == 0, closed)
        self.a_day_on()
        check(self.audited(closed["ended_at"])["holds"] and "audited by the clock, they hold" in self.server.log(), self.server.log()[-500:])
        check(self.metric("audits_failed_total") == 0 and self.metric("held_seconds") > 0, "the figures for the operator")

    def stopped(self):
        """An audit without a server keeps what it found, and the next start acts upon it."""
        payer, shop, other = self.server.person(80_000), self.server.shop("夜里对账"), self.server.person(700)
        payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 45_671, "source": "balance", "pin": PIN}).expect(201)
        self.server.stop()
        self.sql("UPDATE payment SET amount = 45672 WHERE amount = 45671")
        words = ("--store", self.server.store) if self.server.store else ()
        env = {"QIANBAO_STORE": self.server.store} if self.server.store else {}
        done = self.server.cli("audit", env=env)
        check(done.returncode == 4, f"{words} {done.returncode} {done.stdout}{done.stderr}")
        self.server.start()
        for client in (payer, shop, other):
            client.close()
        for client in (payer, shop):
            check(client.get("/v1/balance").expect(200)["being_checked"], "not for a moment")
        until(lambda: not other.get("/v1/balance").expect(200)["being_checked"], "everybody stays withheld")  # until the server has stopped those that it concerns
        self.is_checked(payer, True)
        self.is_checked(shop, True)
        payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 5, "source": "balance", "pin": PIN}).expect(422, "PAYER_FROZEN")
        self.sql("UPDATE payment SET amount = 45671 WHERE amount = 45672")
        for one in self.findings():
            self.close(one)
        self.is_checked(payer, False)

    @contextlib.contextmanager
    def store_held(self):
        """The store gives nothing for a while, as a large one does while it is read."""
        if not self.server.store:
            db = sqlite3.connect(f"{self.server.dir}/qianbao.db", timeout=20, isolation_level=None)
            db.execute("BEGIN IMMEDIATE")
            yield
            db.execute("ROLLBACK")
            db.close()
            return
        psql = subprocess.Popen(["psql", "-AtX", self.server.store.removeprefix("postgres:")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        psql.stdin.write("BEGIN; LOCK TABLE ledger_row IN ACCESS EXCLUSIVE MODE; SELECT 'held';\n")
        psql.stdin.flush()
        while psql.stdout.readline().strip() != "held":
            pass
        yield
        psql.communicate("ROLLBACK;\n")

    def starting(self):
        """Before the books are read nothing is known, least of all a zero."""
        person = self.server.person(1_234)
        self.server.stop()
        person.close()
        person.server.page, page = None, person.server.page
        starting = threading.Thread(target=self.server.start)
        with self.store_held():
            starting.start()
            def asked():
                try:
                    return person.get("/v1/balance")
                except OSError:
                    person.close()
                    return None

            answer = until(asked, "the port stays closed")
            error = answer.expect(503, "STARTING")["error"]
            check("正在启动" in error["message_zh"] and "no new figure" in error["message"] and error["money_taken"] == "no", error)
            check(answer.headers["Retry-After"] == "1" and "available" not in answer.json, answer.headers)
            person.post("/v1/pocket/in", {"amount": 1}).expect(503, "STARTING")
            self.server.client().get("/readyz").expect(503, "STARTING")
            check(b"<html" in self.server.client().get("/").expect(200).body, "the app itself is given out")
        starting.join(PATIENCE_S)
        person.server.page = page
        check(person.get("/v1/balance").expect(200)["available"] == 1_234, "and then it is there")


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store) as server:
        it = Recounts(server)
        story("an account that adds up: count, sum and sequence number", it.agrees)
        story("more than a page", it.pages)
        story("the books", server.audit)
        server.staff("核账员")
        story("books that somebody changed: the figure is withheld, the account stops, a case is open", it.differs)
        story("an audit of everything: only those whose rows do not fit are stopped", it.named)
        story("a row that moved no money stops nobody", it.nobody)
        story("an entry that was changed: nobody is shown a figure, nothing moves, until it holds again", it.everybody)
        story("an audit by the clock: found though nobody asked", it.by_the_clock)
        story("an audit without a server is acted upon at the start", it.stopped)
        story("while the server reads its books: a clear refusal, never a zero", it.starting)
        story("the books, at last", server.audit)
    finish()


main()
