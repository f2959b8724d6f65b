# SPDX-License-Identifier: Apache-2.0
"""A bad line between the wallet and the bank: answers that come twice, late, to another question, or not at all, and orders that arrive twice. Each
order is booked once and ends on its bill, and the day's statement agrees: python3 line_story.py [STORE]"""
import http.client
import http.server
import json
import sys
import threading
import time

from harness import PIN, Server, check, finish, in_parallel, story

MONEY = "/v1/payments"
TIMEOUT_S = 3  # of the wallet, for an answer; a good one comes within, on a busy machine too


class Line(http.server.BaseHTTPRequestHandler):
    """Between the two; what it does to an answer about money is `manner`, as often as `left` says."""
    protocol_version = "HTTP/1.1"
    bank, manner, left, lock = 0, "good", 0, threading.Lock()
    kept, orders = None, []

    def log_message(self, *_):
        pass

    def forward(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", Line.bank, timeout=30)
        connection.request("POST", self.path, body, {k: v for k, v in self.headers.items() if k.lower().startswith("envelope")})
        answer = connection.getresponse()
        out = answer.status, [(k, v) for k, v in answer.getheaders() if k.lower().startswith("envelope")], answer.read()
        connection.close()
        return out

    def reply(self, answer):
        status, heads, body = answer
        self.send_response(status)
        for head in [*heads, ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]:
            self.send_header(*head)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with Line.lock:
            manner = Line.manner if self.path == MONEY and Line.left > 0 else "good"
            Line.left -= manner != "good"
        try:
            self.carry(manner, body)
        except OSError:
            self.close_connection = True  # nobody waits for it any more

    def carry(self, manner, body):
        answer = self.forward(body)
        if self.path == MONEY:
            Line.orders.append(json.loads(body)["message_id"])
        if manner == "asked twice":  # the order arrives a second time; the bank's word about that one is what comes back
            self.reply(self.forward(body))
        elif manner == "answered twice":  # two answers for one question, on one connection
            self.reply(answer)
            self.reply(answer)
        elif manner == "late":
            time.sleep(TIMEOUT_S + 1)
            self.reply(answer)
        elif manner == "another's" and Line.kept:
            self.reply(Line.kept)
        elif manner == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{")
            self.close_connection = True
        elif manner == "changed":  # the no of a bank, made a yes on its way; or the other way
            self.reply((answer[0], answer[1], answer[2].replace(b"ACSC", b"RJCT")))
        else:
            self.reply(answer)
        if self.path == MONEY:
            Line.kept = answer


class Server(Server):  # noqa: F811: the same, with the line in between
    def start(self):
        Line.bank, self.bank_port = self.bank_port, self.line
        super().start()


def money(person):
    return person.get("/v1/balance").expect(200)["posted"]


def main():
    line = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Line)
    line.daemon_threads = True
    line.handle_error = lambda *_: None  # who waited has gone: that is what this is about
    threading.Thread(target=line.serve_forever, daemon=True).start()
    server = Server(store=sys.argv[1] if len(sys.argv) > 1 else None, flags=["--bank-timeout", f"{TIMEOUT_S}s"])
    server.line = line.server_address[1]
    with server:
        def over(manner, doubtful):
            """Three ways of the money, one after the other, each over a line that behaves so once."""
            person, shop = server.person(), server.shop("线上小店")
            server.topup(person, 10_000)
            ways = [
                ("topups", {"card_id": person.card["id"], "amount": 700}, 10_700),
                ("purchases", {"card_id": person.card["id"], "amount": 300, "source": "card", "code": shop.merchant["code"]}, 10_700),
                ("withdrawals", {"card_id": person.card["id"], "amount": 1_000, "fee": 0}, 9_700),
            ]
            for way, body, left in ways:
                Line.manner, Line.left = manner, 1
                begun = time.monotonic()
                payment = person.post(f"/v1/{way}", {**body, "pin": PIN}).expect(201)["payment"]
                done = server.settled(person, payment["id"], "done")
                slow = time.monotonic() - begun > TIMEOUT_S  # the machine: then a good answer may have come too late as well
                states = [move["state"] for move in done["moves"]]
                check("in_doubt" in states if doubtful else slow or "in_doubt" not in states, f"{way}: {states}")
                check(money(person) == left and done["doubt"] is None, f"{way}: {money(person)} instead of {left}")
            check(Line.left == 0, "the line did nothing")
            Line.manner = "good"

        def many():
            """Everything at once, by chance of the order: as much is booked as was answered for."""
            people = [server.person() for _ in range(6)]
            manners = ["late", "asked twice", "another's", "cut", "answered twice", "changed"]
            for manner in manners:
                Line.manner, Line.left = manner, 3
                paid = in_parallel(len(people), lambda i: people[i].post("/v1/topups", {"card_id": people[i].card["id"], "amount": 111, "pin": PIN}).expect(201)["payment"]["id"])
                for person, payment in zip(people, paid):
                    server.settled(person, payment, "done")
            Line.left = 0
            check(all(money(person) == 111 * len(manners) for person in people), [money(person) for person in people])

        def statement():
            server.client().plain("/demo/clock", {"advance_s": 86_400}).expect(200)
            result = json.loads(server.cli("--json", "reconcile").stdout)["result"]
            check(result["agrees"] and not result["differences"] and not result["in_doubt"], result)
            check(result["matched"] == result["legs"] == len(set(Line.orders)), f"{result['matched']} legs, {len(set(Line.orders))} orders")

        story("a good line", lambda: server.topup(server.person(), 100))
        story("an order that arrives twice", lambda: over("asked twice", True))
        story("an answer that comes twice", lambda: over("answered twice", False))
        story("an answer that comes when nobody waits any more", lambda: over("late", True))
        story("the answer to another question", lambda: over("another's", True))
        story("half an answer", lambda: over("cut", True))
        story("an answer that was changed on its way", lambda: over("changed", True))
        story("all of it at once", many)
        story("the day's statement: each order once", statement)
        story("the books", server.audit)
    finish()


main()
