# SPDX-License-Identifier: Apache-2.0
"""kill -9 under load, judged by the client's own record of what it sent and what it was told.

    python3 crash_test.py [--rounds 25] [--data DIR] [--store postgres:CONNINFO] [--self-check]

Eight clients pay, transfer, accept, send back and top up, each operation under a key that is written to the client's record before it is sent, and its
answer after it came. The server is killed at a random moment and started again; what has no answer is sent again under its key. Then:
nothing that was answered is lost, nothing was applied twice, every balance is what the record says, none is negative, and the books hold.
With --data a long run goes on where an earlier one ended."""
import argparse
import json
import os
import random
import secrets
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "api"))
from harness import PATIENCE_S, PIN, Server, Wrong, check, finish, story  # noqa: E402

CLIENTS = 8
FUNDS = 2_000_000
LOST = (ConnectionError, OSError, TimeoutError)


class Record:
    """What one client sent, and what it was told: a line each, written before and after."""

    def __init__(self, path):
        self.path, self.sent, self.told = path, {}, {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    row = json.loads(line)
                    (self.told if "status" in row else self.sent)[row["key"]] = row

    def write(self, row):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()

    def begin(self, path, body):
        row = {"key": secrets.token_hex(16), "path": path, "body": body}
        self.sent[row["key"]] = row
        self.write(row)
        return row

    def end(self, key, answer):
        row = {"key": key, "status": answer.status, "answer": answer.body.decode()}
        if key in self.told:
            check(self.told[key]["answer"] == row["answer"], f"two answers under one key: {self.told[key]} and {row}")
            return
        self.told[key] = row
        self.write(row)

    def open(self):
        return [row for key, row in self.sent.items() if key not in self.told]


class Player:
    def __init__(self, client, record):
        self.client, self.record = client, record

    def send(self, row):
        """True when an answer that stands for ever came: busy ones say nothing."""
        try:
            answer = self.client.call("POST", row["path"], row["body"], key=row["key"])
        except LOST:
            self.client.close()
            return False
        except Exception:  # noqa: BLE001: half an answer is none
            self.client.close()
            return False
        if answer.status >= 500 or answer.status == 429:
            return False
        self.record.end(row["key"], answer)
        return True

    def play(self, shop, friends, until):
        while time.monotonic() < until():
            what = random.random()
            if what < 0.55:
                row = ("/v1/purchases", {"code": shop, "amount": random.randint(1, 500), "source": "balance", "pin": PIN})
            elif what < 0.75:
                row = ("/v1/transfers", {"payee_id": random.choice(friends), "amount": random.randint(1, 500), "pin": PIN})
            elif what < 0.8:
                row = ("/v1/topups", {"card_id": self.client.card["id"], "amount": random.randint(1, 900), "pin": PIN})
            else:
                waiting = self.waiting()
                if not waiting:
                    continue
                row = (f"/v1/transfers/{waiting}/{'accept' if random.random() < 0.7 else 'return'}", {})
            if not self.send(self.record.begin(*row)):
                return

    def waiting(self):
        try:
            for bill in self.client.get("/v1/bills?limit=30").json["items"]:
                if bill["state"] == "waiting" and bill["direction"] == "in":
                    return bill["id"]
        except Exception:  # noqa: BLE001: the server is gone; the next send finds out
            self.client.close()
        return None


def all_bills(client):
    items, cursor = [], ""
    while True:
        page = client.get(f"/v1/bills?limit=100{cursor}").expect(200)
        items += page["items"]
        if not page["next_cursor"]:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def judge(server, players, shop_owner):
    """Everything against the records alone. Waits until no bank is being asked."""
    payments = {}
    for player in players:
        for key, told in player.record.told.items():
            if told["status"] == 201:
                payment = json.loads(told["answer"])["payment"]
                check(payments.setdefault(payment["id"], key) == key, f"payment {payment['id']} answers two keys")
    now = {}
    for player in players:
        until = time.monotonic() + PATIENCE_S
        while True:
            bills = all_bills(player.client)
            if not any(bill["state"] in ("at_bank", "in_doubt") for bill in bills):
                break
            check(time.monotonic() < until, "a bank was not done asking")
            time.sleep(0.1)
        ids = [bill["id"] for bill in bills]
        check(len(ids) == len(set(ids)), "a bill is listed twice")
        for bill in bills:
            if bill["state"] != "refused":
                now.setdefault(bill["id"], {})[player.client.person["id"]] = bill
    for payment in payments:
        check(payment in now, f"payment {payment} was answered and is lost")
    for payment in now:
        check(payment in payments, f"payment {payment} was made and never asked for")
    for player in players:  # what was accepted or sent back, and told so, is
        for key, told in player.record.told.items():
            path = player.record.sent[key]["path"]
            if told["status"] == 200 and "/transfers/" in path:
                said = json.loads(told["answer"])["payment"]
                seen = now[said["id"]][player.client.person["id"]]
                check(seen["state"] == said["state"], f"{path} was answered {said['state']} and is {seen['state']}")
    for player in players:
        me = player.client.person["id"]
        sum_ = 0
        for bills in now.values():
            bill = bills.get(me)
            if not bill or bill["state"] in ("declined", "returned"):
                continue
            if bill["direction"] == "in" and bill["state"] == "done":
                sum_ += bill["amount"]
            if bill["direction"] == "out":
                sum_ -= bill["amount"]
        figures = player.client.get("/v1/balance").expect(200)
        check(figures["available"] == sum_, f"available {figures['available']}, the record says {sum_}")
        check(figures["available"] >= 0, "a balance below zero")
    bought = sum(bill["amount"] for bills in now.values() for bill in bills.values() if bill["kind"] == "purchase" and bill["state"] == "done")
    taken = shop_owner.get(f"/v1/merchants/{shop_owner.merchant['id']}/takings").expect(200)
    check(not taken["whole"] or taken["amount"] == bought, f"the shop took {taken['amount']}, the record says {bought}")
    server.audit()
    return len(payments)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=25)
    words.add_argument("--data")
    words.add_argument("--store")
    words.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    asked = words.parse_args()
    random.seed(asked.seed)
    print(f"seed {asked.seed}")
    if asked.data:
        os.makedirs(asked.data, exist_ok=True)
    with Server(store=asked.store, directory=asked.data) as server:
        kept = os.path.join(server.dir, "players.json")
        players = []
        if os.path.exists(kept):
            with open(kept, encoding="utf-8") as file:
                rows = json.load(file)
        else:
            shop = server.shop("崩溃店")
            rows = [{"cookie": shop.cookie, "merchant": shop.merchant}]
            for _ in range(CLIENTS):
                client = server.person(card=True)
                client.person = client.get("/v1/me").json
                rows.append({"cookie": client.cookie, "person": client.person, "card": client.card})
                server.topup(client, FUNDS)
            with open(kept, "w", encoding="utf-8") as file:
                json.dump(rows, file)
        owner = server.client()
        owner.cookie, owner.merchant = rows[0]["cookie"], rows[0]["merchant"]
        for i, row in enumerate(rows[1:]):
            client = server.client()
            client.cookie, client.person, client.card = row["cookie"], row["person"], row["card"]
            record = Record(os.path.join(server.dir, f"record-{i}.jsonl"))
            if not record.sent:  # the first top-up was made before the record began
                first = next(bill for bill in all_bills(client) if bill["kind"] == "topup")
                record.sent["first"] = {"key": "first", "path": "/v1/topups", "body": {}}
                record.told["first"] = {"key": "first", "status": 201, "answer": json.dumps({"payment": first})}
                for book in (record.sent["first"], record.told["first"]):
                    record.write(book)
            players.append(Player(client, record))
        friends = [player.client.person["id"] for player in players]
        starts = []

        def one_round():
            end = time.monotonic() + random.uniform(0.05, 0.6)
            threads = []
            for player in players:
                others = [friend for friend in friends if friend != player.client.person["id"]]
                threads.append(threading.Thread(target=player.play, args=(owner.merchant["code"], others, lambda: end + 1)))
            for thread in threads:
                thread.start()
            time.sleep(max(0.0, end - time.monotonic()))
            server.kill()
            for thread in threads:
                thread.join()
            begun = time.monotonic()
            server.start()
            starts.append(time.monotonic() - begun)
            for player in players:
                player.client.close()
                for row in player.record.open():
                    for _ in range(10 * PATIENCE_S):
                        if player.send(row):
                            break
                        time.sleep(0.1)
                    else:
                        raise Wrong(f"no answer to {row} after the restart")
            owner.close()
            check(len(starts) < 3 or sorted(starts)[len(starts) // 2] < 2, f"ready only after {starts} s")  # more than half of them: a busy moment passes
            judge(server, players, owner)

        for number in range(asked.rounds):
            story(f"round {number + 1}", one_round)

        def judge_sees():
            player = players[0]
            key = next(key for key, told in player.record.told.items() if told["status"] == 201 and key != "first")
            lost = player.record.told.pop(key)
            try:
                judge(server, players, owner)
            except Wrong:
                return
            finally:
                player.record.told[key] = lost
            raise Wrong("a payment that nobody asked for was not noticed")

        story("the judge notices a record that differs", judge_sees)
        count = judge(server, players, owner)
        print(f"{count} payments; slowest start {max(starts):.2f} s")
    finish()


if __name__ == "__main__":
    main()
