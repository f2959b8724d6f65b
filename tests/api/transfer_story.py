# SPDX-License-Identifier: Apache-2.0
"""Transfers, as two people see them: at once or later, recalled, accepted, sent back, over; the clock that jumps and the server that starts again;
and the races between all of them, of which each has one winner: python3 transfer_story.py [sqlite|postgres:CONNINFO]

RACES=10000 races that many pairs instead of 300 (make races)."""
import os
import secrets
import sys
import threading
import time

from harness import PASSWORD, PIN, Server, check, finish, in_parallel, story, until

HOUR = 3600
RACES = int(os.environ.get("RACES", "300"))
ROUND = 50 if RACES <= 1000 else 500  # pairs between two jumps of the clock
SIDES = 8  # connections of each side


class Transfers:
    def __init__(self, server):
        self.server = server

    def balance(self, person):
        now = person.get("/v1/balance").expect(200)
        return now["available"], now["held"], now["incoming"]

    def pair(self, balance=50_000):
        payer, payee = self.server.person(balance), self.server.person(card=False)
        payer.payee = payer.plain("/v1/transfers/preview", {"phone": payee.phone}).expect(200)["payee"]["id"]
        return payer, payee

    def send(self, payer, amount, arrival=None, payee=None, **more):
        body = {"payee_id": payee or payer.payee, "amount": amount, "pin": PIN, **({"arrival": arrival} if arrival else {}), **more}
        return payer.post("/v1/transfers", body).expect(201)["payment"]

    def act(self, person, payment, what):
        return person.post(f"/v1/transfers/{payment['id']}/{what}")

    def see(self, person, payment):
        return person.get(f"/v1/payments/{payment['id']}").expect(200)["payment"]

    def advance(self, seconds):
        self.server.client().plain("/demo/clock", {"advance_s": seconds}).expect(200)

    # --- alone ---

    def later(self):
        payer, payee = self.pair()
        sent = self.send(payer, 10_000, "2h", note="下周的房租")
        check(sent["state"] == "arriving" and sent["money_taken"] == "yes" and sent["expires_at"] is None and sent["arrives_at"], sent)
        check(self.balance(payer) == (40_000, 10_000, 0) and self.balance(payee) == (0, 0, 10_000), "held at once")
        theirs = self.see(payee, sent)
        check(theirs["state"] == "arriving" and theirs["direction"] == "in" and theirs["arrives_at"] == sent["arrives_at"], theirs)
        error = self.act(payee, sent, "accept").expect(409, "TRANSFER_NOT_ARRIVED")["error"]
        check(sent["arrives_at"][11:16] in error["message_zh"] and error["money_taken"] == "no", error)
        notice = payee.get("/v1/notices").expect(200)["items"][0]
        check(notice["state"] == "arriving" and sent["arrives_at"][5:10] + " " + sent["arrives_at"][11:16] in notice["text_zh"], notice)
        self.advance(2 * HOUR)
        self.act(payer, sent, "recall").expect(409, "TRANSFER_ARRIVED")
        waits = self.server.settled(payee, sent["id"], "waiting")
        check(waits["expires_at"][11:19] == sent["arrives_at"][11:19] and waits["expires_at"][:10] > sent["arrives_at"][:10], waits)
        self.act(payee, sent, "accept").expect(200)
        check(self.balance(payer) == (40_000, 0, 0) and self.balance(payee) == (10_000, 0, 0), "theirs")
        done = self.see(payer, sent)
        check([m["state"] for m in done["moves"]] == ["arriving", "waiting", "done"] and len(done["entries"]) == 2, done)
        check(done["note"] == "下周的房租", done["note"])

    def recalled(self):
        payer, payee = self.pair()
        sent = self.send(payer, 10_000, "24h")
        for person in (payee, self.server.person(card=False)):
            self.act(person, sent, "recall").expect(404, "NOT_FOUND")
        back = self.act(payer, sent, "recall").expect(200)["payment"]
        check(back["state"] == "recalled" and back["money_taken"] == "no", back)
        check(self.balance(payer) == (50_000, 0, 0) and self.balance(payee) == (0, 0, 0), "back")
        for person, what in ((payer, "recall"), (payee, "accept"), (payee, "return")):
            self.act(person, sent, what).expect(409, "NOT_WAITING")
        check([n["state"] for n in payee.get("/v1/notices").json["items"][:2]] == ["recalled", "arriving"], "the payee is told")
        words = [n["text_zh"] for n in payee.get("/v1/notices").json["items"]]
        check("在到账前撤回了 100.00 元" in words[0], words)

    def sent_back(self):
        payer, payee = self.pair()
        for arrival in ("24h", "now"):
            sent = self.send(payer, 10_000, arrival)
            back = self.act(payee, sent, "return").expect(200)["payment"]
            check(back["state"] == "returned" and self.balance(payer) == (50_000, 0, 0), back)
        sent = self.send(payer, 10_000, "now")
        self.act(payee, sent, "accept").expect(200)
        self.act(payee, sent, "return").expect(409, "NOT_WAITING")  # what was accepted is the payee's
        check(self.balance(payee) == (10_000, 0, 0), "accepted")

    def over(self):
        """A jump over both times at once, and a server that was away meanwhile."""
        payer, payee = self.pair()
        first, second, third = self.send(payer, 1_000, "now"), self.send(payer, 2_000, "2h"), self.send(payer, 4_000, "24h")
        self.advance(27 * HOUR)
        self.server.settled(payer, first["id"], "returned")
        done = self.server.settled(payer, second["id"], "returned")
        check([m["state"] for m in done["moves"]] == ["arriving", "waiting", "returned"], done["moves"])
        self.server.settled(payer, third["id"], "waiting")
        check(self.balance(payer) == (46_000, 4_000, 0), self.balance(payer))
        fourth = self.send(payer, 8_000, "2h")
        self.server.kill()
        payer.close(), payee.close()
        self.server.start()
        check(self.see(payee, fourth)["state"] == "arriving", "kept over the restart")
        self.advance(2 * HOUR)
        self.server.settled(payer, fourth["id"], "waiting")
        self.advance(22 * HOUR)
        self.server.settled(payer, third["id"], "returned")
        self.act(payee, fourth, "accept").expect(200)
        check(self.balance(payer) == (42_000, 0, 0) and self.balance(payee) == (8_000, 0, 0), "each once")

    def preferred(self):
        payer, payee = self.pair()
        check(payer.get("/v1/transfers/settings").expect(200)["arrival"] == "now", "at once, unless told")
        check(self.send(payer, 100)["state"] == "waiting", "at once")
        payer.put("/v1/transfers/settings", {"arrival": "24h"}).expect(200)
        check(payer.get("/v1/transfers/settings").expect(200)["arrival"] == "24h", "kept")
        check(self.send(payer, 100)["state"] == "arriving" and self.send(payer, 100, "now")["state"] == "waiting", "as preferred, or as said")
        check(payee.get("/v1/transfers/settings").expect(200)["arrival"] == "now", "one's own")
        for wrong in ("12h", "", 7200, None):
            answer = payer.put("/v1/transfers/settings", {"arrival": wrong})
            check(answer.status == 400, f"{wrong!r}: {answer.status}")

    def recent(self):
        payer = self.server.person(50_000)
        check(payer.get("/v1/payees/recent").expect(200)["items"] == [], "nobody yet")
        people = [self.server.person(card=False) for _ in range(11)]
        for i, person in enumerate(people):
            if i == 6:
                self.advance(HOUR + 60)  # more new ones in an hour would be a risk (wallet/risk.h)
            person.me = person.get("/v1/me").json
            self.send(payer, 1, payee=person.me["id"])
        self.send(payer, 1, payee=people[3].me["id"])
        got = payer.get("/v1/payees/recent").expect(200)["items"]
        wanted = [people[i].me["id"] for i in (3, 10, 9, 8, 7, 6, 5, 4, 2, 1)]
        check([p["id"] for p in got] == wanted, [p["nickname"] for p in got])
        check(all("*" in p["name"] and p["phone"] is None for p in got), got[0])
        check(people[3].get("/v1/payees/recent").expect(200)["items"] == [], "who was sent money knows nobody by it")

    def nobody(self):
        payer = self.server.person(5_000)
        error = payer.plain("/v1/transfers/preview", {"phone": "13700000000"}).expect(422, "PAYEE_UNKNOWN")["error"]
        check(error["money_taken"] == "no" and "没有找到" in error["message_zh"] and error["next"][0]["do"] == "EDIT", error)
        payer.plain("/v1/transfers/preview", {"phone": payer.phone}).expect(422, "PAYEE_IS_PAYER")
        unverified = self.server.register()
        payer.plain("/v1/transfers/preview", {"phone": unverified.phone}).expect(422, "PAYEE_NOT_VERIFIED")
        check(self.balance(payer) == (5_000, 0, 0) and len(payer.get("/v1/bills").json["items"]) == 1, "nothing was sent")

    def asked(self):
        """One's own code may say how much is asked for, and why; it stays a code of a person."""
        payer, payee = self.pair()
        code = payee.get("/v1/receive").expect(200)["code"]
        longest = "饭" * 40
        for text, amount, note in ((code, None, ""), (code + "?amount=1250", 1250, ""), (code + "?amount=1&note=午饭 & 水", 1, "午饭 & 水"),
                                   (code + "?note=" + longest, None, longest), (code + "?amount=9007199254740991&note=", 9007199254740991, "")):
            found = payer.plain("/v1/scan", {"text": text}).expect(200)
            check((found["kind"], found["amount"], found["note"], found["code"]) == ("person", amount, note, code), found)
        shop = self.server.shop()
        for bent in (code + "?", code + "?amount=", code + "?amount=0", code + "?amount=-5", code + "?amount=012", code + "?amount=12.5", code + "?amount=9007199254740992",
                     code + "?amount=1&", code + "?amount=1&amount=2", code + "?note=" + longest + "饭", code + "?x=1", shop.merchant["code"] + "?amount=5"):
            payer.plain("/v1/scan", {"text": bent}).expect(400, "CODE_UNREADABLE")

    def same_key(self):
        payer, payee = self.pair()
        sent, key = self.send(payer, 1_000, "2h"), secrets.token_hex(16)
        path = f"/v1/transfers/{sent['id']}/recall"
        clients = self.clients(payer, 20)
        answers = in_parallel(20, lambda i: clients[i].post(path, {}, key))
        check({a.status for a in answers} == {200} and len({a.body for a in answers}) == 1, "one effect, one answer")
        check(self.balance(payer) == (50_000, 0, 0), "back once")

    # --- races ---

    def clients(self, person, count):
        out = [self.server.client() for _ in range(count)]
        for client in out:
            client.cookie = person.cookie
        return out

    def sign_in_again(self, person):
        """A session lives 30 days, and the long race lasts longer."""
        person.plain("/v1/sessions", {"phone": person.phone, "password": PASSWORD}).expect(201)

    def race(self, sent, left, right, seconds, part):
        """Both sides fall upon the same transfers, pair by pair; when that part of them is answered, the clock jumps by so many seconds (0: it
        does not). What each was answered, by transfer."""
        said = [{}, {}]

        def side(which, client, path, mine, gate):
            gate.wait()
            for payment in mine:
                answer = self.act(client, payment, path)
                said[which][payment["id"]] = answer.code or "ok"

        runners = [(which, client, path, sent[i::SIDES]) for i in range(SIDES) for which, (clients, path) in enumerate((left, right)) for client in clients[i:i + 1]]
        gate = threading.Barrier(len(runners) + 1)
        threads = [threading.Thread(target=side, args=(*runner, gate)) for runner in runners]
        for thread in threads:
            thread.start()
        gate.wait()
        while seconds and len(said[0]) < len(sent) * part:
            time.sleep(0.0005)
        if seconds:
            self.advance(seconds)
        for thread in threads:
            thread.join()
        return said

    def races(self):
        payer, payee = self.pair(2_000_000)
        kinds = (("2h", "recall", "return", 0), ("now", "accept", "return", 0), ("2h", "recall", "accept", 2 * HOUR),
                 ("now", "accept", None, 24 * HOUR), ("2h", "recall", None, 2 * HOUR), ("24h", "return", "recall", 24 * HOUR))
        ends = {"recall": "recalled", "accept": "done", "return": "returned"}
        won, raced, accepted = {}, 0, 0
        for turn in range(-(-RACES // ROUND)):
            arrival, one, other, jump = kinds[turn % len(kinds)]
            self.sign_in_again(payer), self.sign_in_again(payee)
            count = min(ROUND, RACES - raced)
            senders = self.clients(payer, SIDES)
            parts = in_parallel(SIDES, lambda i: [self.send(senders[i], 10, arrival, payer.payee) for _ in range(i, count, SIDES)])
            sent = [payment for part in parts for payment in part]
            whose = {"recall": payer, "accept": payee, "return": payee}
            left, right = ((self.clients(whose[path], SIDES) if path else (), path) for path in (one, other))
            said = self.race(sent, left, right, jump, (turn % 3) / 4)
            for payment in sent:
                answers = [(path, side[payment["id"]]) for path, side in zip((one, other), said) if path]
                done = [path for path, answer in answers if answer == "ok"]
                check(len(done) <= 1, f"two won: {answers}")
                now = self.see(payer, payment)
                if done:
                    check(now["state"] == ends[done[0]], f"{done[0]} won, and it is {now['state']}")
                else:  # time won
                    check(jump and now["state"] in ("waiting", "returned", "arriving"), f"nobody won: {answers}, {now['state']}")
                check(all(a in ("ok", "NOT_WAITING", "TRANSFER_ARRIVED", "TRANSFER_NOT_ARRIVED") for _, a in answers), answers)
                ended = [m["state"] for m in now["moves"] if m["state"] in ("done", "returned", "recalled")]
                check(len(ended) <= 1, now["moves"])
                won[done[0] if done else "time"] = won.get(done[0] if done else "time", 0) + 1
                accepted += now["state"] == "done"
            raced += count
            if jump:  # what time has won goes back before the next round
                self.advance(25 * HOUR)
            until(lambda: self.balance(payer)[1] == 0, "something is held for ever")
            check(self.balance(payer) == (2_000_000 - 10 * accepted, 0, 0), f"{self.balance(payer)}, {accepted} were accepted")
            check(self.balance(payee) == (10 * accepted, 0, 0), f"{self.balance(payee)}, {accepted} were accepted")
        print(f"     {raced} pairs: " + ", ".join(f"{who} won {n}" for who, n in sorted(won.items())))


def main():
    store = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] != "sqlite" else None
    with Server(store=store) as server:
        it = Transfers(server)
        story("later: held at once, arrives at its time, accepted", it.later)
        story("recalled before it arrives", it.recalled)
        story("sent back before and after it arrives", it.sent_back)
        story("the clock jumps and the server starts again", it.over)
        story("how one's transfers arrive", it.preferred)
        story("recent people", it.recent)
        story("a phone without a wallet", it.nobody)
        story("a code that asks for an amount", it.asked)
        story("row 2: a recall twenty times under one key", it.same_key)
        story(f"recall, arrival, acceptance and return: {RACES} races, one winner each", it.races)
        story("the books", server.audit)
    finish()


main()
