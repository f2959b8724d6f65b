# SPDX-License-Identifier: Apache-2.0
"""Photos of the ID card, from the person's phone to the staff's word and the limit that it raises: python3 document_story.py [STORE]"""
import base64
import json
import os
import re
import secrets
import socket
import sqlite3
import stat
import struct
import sys
import tempfile
import time
import zlib

from harness import PATIENCE_S, PIN, Server, check, finish, in_parallel, png, soon, story

PASSPHRASE = "a quiet reviewer 7 cups"
BY = "lin"
PAGE = b"<html><script>alert(document.cookie)</script></html>"


class Documents:
    def __init__(self, server):
        self.server = server
        added = self.staff("staff", "add", BY, new=PASSPHRASE)
        check(added.returncode == 0, added.stderr)

    def staff(self, *words, passphrase=PASSPHRASE, new=None):
        os.environ["QIANBAO_PASSPHRASE"] = passphrase
        if new:
            os.environ["QIANBAO_NEW_PASSPHRASE"] = new
        return self.server.cli(*words)

    def review(self, *words, **more):
        done = self.staff("--json", "realname", "review", "--by", BY, *words, **more)
        return json.loads(done.stdout)

    def decide(self, person, revision, verdict):
        return self.review("--id", person.person["id"], "--revision", str(revision), "--verdict", verdict)

    def send(self, person, side, photo=None, kind="image/png", key=None):
        head = {"Content-Type": kind}
        return person.call("PUT", f"/v1/realname/document/{side}", raw=png() if photo is None else photo, headers=head, key=key or secrets.token_hex(16))

    def both(self, person):
        self.send(person, "front").expect(200)
        return self.send(person, "back").expect(200)["document"]

    def state(self, person):
        return person.get("/v1/realname/document").expect(200)["document"]

    def tier(self, person):
        me = person.get("/v1/me").expect(200)
        check(me["real_name"]["document"] == self.state(person)["state"], me)
        return me["tier"]

    def stored(self):
        """The photos as they lie in the store."""
        if self.server.store:
            return None
        rows = sqlite3.connect(f"{self.server.dir}/qianbao.db", timeout=10).execute("SELECT jpeg_sealed FROM document_photo").fetchall()
        return [row[0] for row in rows]

    # --- the way to tier III ---

    def approved(self):
        person = self.server.person()
        check(self.tier(person) == 2 and self.state(person)["state"] == "none", "before")
        limits = person.get("/v1/limits").expect(200)
        check([step["do"] for step in limits["next"]] == ["DOCUMENT"], limits["next"])
        check(self.send(person, "front").expect(200)["document"]["state"] == "collecting", "one side")
        sent = self.send(person, "back").expect(200)["document"]
        check((sent["state"], sent["front"], sent["back"]) == ("waiting", True, True), sent)
        check(person.get("/v1/limits").expect(200)["next"] == [], "nothing to do but to wait")
        waiting = json.loads(self.server.cli("--json", "realname", "waiting").stdout)["result"]["items"]
        check([row["id"] for row in waiting] == [person.person["id"]], waiting)
        with tempfile.TemporaryDirectory() as folder:
            seen = self.staff("realname", "review", "--by", BY, "--to", folder)
            check(seen.returncode == 0 and person.name in seen.stdout and person.id_number in seen.stdout, seen.stdout + seen.stderr)
            files = sorted(os.listdir(folder))
            check(len(files) == 2 and all(stat.S_IMODE(os.stat(f"{folder}/{f}").st_mode) == 0o600 for f in files), files)
            for name in files:
                with open(f"{folder}/{name}", "rb") as file:
                    check(file.read(3) == b"\xff\xd8\xff", "a JPEG, whatever was sent")
        revision = int(re.search(r"revision +(\d+)", seen.stdout)[1])
        check(self.decide(person, revision, "approve")["ok"], "approved")
        check(self.tier(person) == 3 and self.state(person)["state"] == "approved", "tier III")
        limits = person.get("/v1/limits").expect(200)
        check(next(row for row in limits["items"] if row["limit"] == "year")["most"] == 20_000_000 and limits["next"] == [], limits)
        log = json.loads(self.server.cli("--json", "staff", "log").stdout)["result"]["items"]
        check([row["act"] for row in log[:2]] == ["document-approve", "document-look"] and log[0]["by"] == BY, log[:3])
        inbox = self.server.client().get("/demo/inbox").expect(200)["items"]
        check(any(sms["purpose"] == "document_approved" and sms["phone"] == person.phone for sms in inbox), "told")

    def rejected(self):
        """Each reason has words in both languages, and the person may send again."""
        person = self.server.person()
        self.both(person)
        codes = set()
        for verdict in ("blurred", "cut", "differs", "expired", "copy"):
            seen = self.review("--id", person.person["id"])["result"]
            check(self.decide(person, seen["revision"], verdict)["ok"], verdict)
            now = self.state(person)
            reason = now["reason"]
            check(now["state"] == "rejected" and reason["message"].isascii() and not reason["message_zh"].isascii(), now)
            check("DOCUMENT" in [step["do"] for step in reason["next"]] and self.tier(person) == 2, reason)
            codes.add(reason["code"])
            check(self.decide(person, seen["revision"], "approve")["error"]["code"] == "DOCUMENT_DECIDED", "once")
            check(self.send(person, "front").expect(200)["document"]["state"] == "waiting", "again")
        check(len(codes) == 5, codes)
        check(self.staff("realname", "review", "--by", BY, "--id", person.person["id"], "--revision", "7", "--verdict", "nonsense").returncode == 2, "a verdict that is none")

    def without_a_card(self):
        """The checks are independent: photos without a card make tier II, the card then tier III."""
        person = self.server.person(card=False)
        check(self.tier(person) == 1, "name only")
        self.both(person)
        self.decide(person, self.review("--id", person.person["id"])["result"]["revision"], "approve")
        check(self.tier(person) == 2, "name and photos")
        check([step["do"] for step in person.get("/v1/limits").json["next"]] == ["BIND_CARD"], "what is missing")
        self.server.bind(person, person.card_number)
        check(self.tier(person) == 3, "and a card")

    def swapped(self):
        """Row 20: another photo after the approval is looked at anew; between look and word it cannot be swapped."""
        person = self.server.person()
        self.both(person)
        revision = self.review("--id", person.person["id"])["result"]["revision"]
        self.send(person, "back", png(700, 500)).expect(200)
        check(self.decide(person, revision, "approve")["error"]["code"] == "DOCUMENT_CHANGED", "swapped between look and word")
        check(self.tier(person) == 2 and self.decide(person, revision + 1, "approve")["ok"] and self.tier(person) == 3, "looked at again")
        check(self.send(person, "front", png(600, 400)).expect(200)["document"]["state"] == "waiting", "swapped afterwards")
        check(self.tier(person) == 2, "and the tier waits with it")

    def needs(self):
        person, stranger = self.server.register(), self.server.client()
        self.send(person, "front").expect(422, "REALNAME_NEEDED")
        stranger.cookie = "x" * 43
        self.send(stranger, "front").expect(401, "NOT_SIGNED_IN")
        check(self.server.client().call("PUT", "/v1/realname/document/front", raw=png(), headers={"Content-Type": "image/png"}, key="k" * 16).status in (401, 413), "nobody")
        person = self.server.person(card=False)
        for path in ("/v1/realname/document/front", "/v1/realname/document/photo.jpg"):
            check(person.get(path).status in (404, 405), "no route gives a photo out")
        self.both(person)
        answers = [self.send(person, "front") for _ in range(20)]
        check([a.code for a in answers].count("TOO_MANY_TRIES") == 2, [a.status for a in answers])

    def by_whom(self):
        person = self.server.person(card=False)
        self.both(person)
        seen = self.review("--id", person.person["id"])["result"]
        check(self.review("--id", person.person["id"], passphrase="somebody else 12 cups")["error"]["code"] == "WRONG_PASSPHRASE", "another's")
        before = len(json.loads(self.server.cli("--json", "staff", "log").stdout)["result"]["items"])
        self.staff("--json", "realname", "review", "--by", "nobody", "--id", person.person["id"])
        after = len(json.loads(self.server.cli("--json", "staff", "log").stdout)["result"]["items"])
        check(before == after and self.state(person)["state"] == "waiting" and len(seen["front"]) > 1000, "nothing seen, nothing written")

    # --- row 34 ---

    def hostile(self):
        person = self.server.person(card=False)
        bomb = png()[:8] + self.chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)) + self.chunk(b"IDAT", zlib.compress(bytes(100_000))) + self.chunk(b"IEND", b"")
        rows = [
            ("a bomb of 50,000 x 50,000", bomb, "image/png", 413, "PICTURE_TOO_LARGE"),
            ("an SVG", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "image/png", 415, "PICTURE_KIND"),
            ("a page", PAGE, "image/jpeg", 415, "PICTURE_KIND"),
            ("a PNG that says it is a JPEG", png(), "image/jpeg", 415, "PICTURE_KIND"),
            ("an SVG's type", png(), "image/svg+xml", 415, "PICTURE_KIND"),
            ("JSON's type", png(), "application/json", 415, "PICTURE_KIND"),
            ("a form", png(), "multipart/form-data; boundary=x", 415, "PICTURE_KIND"),
            ("nothing", b"", "image/png", 415, "PICTURE_KIND"),
            ("half of one", png()[:900], "image/png", 400, "PICTURE_DAMAGED"),
            ("too small", png(200, 200), "image/png", 400, "PICTURE_TOO_SMALL"),
            ("too many pixels", png(8190, 2100), "image/png", 413, "PICTURE_TOO_LARGE"),
        ]
        for what, photo, kind, status, code in rows:
            answer = soon(5, lambda: self.send(person, "front", photo, kind), what)
            check((answer.status, answer.code) == (status, code), f"{what}: {answer.status} {answer.body[:200]!r}")
        check(self.state(person)["state"] == "none", "nothing was kept")
        for path, length in (("PUT /v1/realname/document/front", 5 << 20), ("POST /v1/scan", 20_000), ("PUT /v1/realname/document/../../scan", 20_000)):
            check(b" 413 " in self.head(person, path, length), f"{path} takes {length} bytes")
        check(b" 413 " in self.head(None, "PUT /v1/realname/document/front", 20_000), "of nobody")

    def head(self, person, path, length):
        """What is said to a head alone, before the body."""
        cookie = f"Cookie: qb_session={person.cookie}\r\n" if person else ""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as s:
            s.sendall(f"{path} HTTP/1.1\r\nHost: x\r\n{cookie}Content-Type: image/png\r\nContent-Length: {length}\r\n\r\n".encode())
            return s.recv(200)

    @staticmethod
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    def made_anew(self):
        """What hangs on a photo does not get in; what is stored is sealed."""
        person = self.server.person(card=False)
        photo = png(more=self.chunk(b"tEXt", b"GPSLatitude\0" + b"39.9087") + self.chunk(b"eXIf", b"II*\0" + PAGE)) + PAGE
        self.send(person, "front", photo).expect(200)
        seen = self.review("--id", person.person["id"])["result"]
        jpeg = base64.b64decode(seen["front"])
        check(jpeg[:3] == b"\xff\xd8\xff" and not any(word in jpeg for word in (b"GPS", b"script", b"Exif", b"39.9087")), "kept")
        check(self.send(person, "back", jpeg + PAGE, "image/jpeg").expect(200)["document"]["state"] == "waiting", "a JPEG with a page behind it")
        for sealed in self.stored() or []:
            check(b"\xff\xd8\xff" not in sealed and b"JFIF" not in sealed, "a photo lies open in the store")

    def at_once(self):
        """Many at once, large ones: bounded, and a payment goes through meanwhile."""
        person, payer, shop = self.server.person(card=False), self.server.person(5_000), self.server.shop()
        clients = [self.server.client() for _ in range(16)]
        for client in clients:
            client.cookie = person.cookie
        photo = png(3000, 2400, self.chunk(b"tEXt", b"x\0" + os.urandom(900_000)))
        begun = time.monotonic()

        def work(i):
            if i == 16:
                return payer.post("/v1/purchases", {"code": shop.merchant["code"], "amount": 100, "source": "balance", "pin": PIN})
            return self.send(clients[i], "front", photo)

        answers = in_parallel(17, work)
        check(answers[16].status == 201, answers[16])
        statuses = [a.status for a in answers[:16] if not isinstance(a, Exception)]  # a refusal may close the line under the sender
        check(set(statuses) <= {200, 503} and 200 in statuses and time.monotonic() - begun < PATIENCE_S, answers)

    def same_key(self):
        person, key = self.server.person(card=False), secrets.token_hex(16)
        first = self.send(person, "front", key=key).expect(200)
        again = self.send(person, "front", key=key)
        check(again.json == first and again.headers.get("Idempotency-Replayed") == "true", "one effect")
        self.send(person, "front", png(700, 500), key=key).expect(422, "IDEMPOTENCY_MISMATCH")

    def closed(self):
        """A wallet that closes takes with it what proves nothing."""
        person = self.server.person(card=False)
        self.both(person)
        person.post("/v1/me/close", {"pin": PIN}).expect(200)
        waiting = json.loads(self.server.cli("--json", "realname", "waiting").stdout)["result"]["items"]
        check(person.person["id"] not in [row["id"] for row in waiting], "still waits")


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None, flags=["--request-deadline", "60s"]) as server:  # large ones, sixteen at once
        it = Documents(server)
        story("photos, a look, a word: tier III", it.approved)
        story("every reason has its words, and the way back", it.rejected)
        story("checks are counted, whatever their order", it.without_a_card)
        story("row 20: photos are swapped", it.swapped)
        story("who may send, how often, and that nobody gets one out", it.needs)
        story("row 40: who looks proves who they are", it.by_whom)
        story("row 34: what is no photo, and bombs", it.hostile)
        story("row 34: what hangs on stays out, what is kept is sealed", it.made_anew)
        story("row 34: large ones at once", it.at_once)
        story("the same key", it.same_key)
        story("a wallet that closes", it.closed)
        story("the books", server.audit)
    finish()


main()
