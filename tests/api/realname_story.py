# SPDX-License-Identifier: Apache-2.0
"""A server that is no sandbox, with the operator's own services on real sockets: the SMS gateway and who knows names: python3 realname_story.py [STORE]"""
import hashlib
import hmac
import http.server
import json
import sys
import threading
import time

from harness import BUILD, NAMES, PASSWORD, Server, check, finish, id_number, start_on, story, until


TIMEOUT_S = 5  # of the wallet, for an answer; a good one comes within, on a busy machine too


class Service(http.server.BaseHTTPRequestHandler):
    """Both services; how it answers about names is `manner`."""
    sent, asked, manner, data = {}, [], "yes", ""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/sms":
            message = json.loads(body)
            Service.sent[message["phone"]] = message["code"]
            return self.reply(200, b"{}", None)
        with open(f"{Service.data}/realname-secret", encoding="ascii") as file:
            key = bytes.fromhex(file.read().strip())
        time_, nonce = self.headers["Envelope-Time"], self.headers["Envelope-Nonce"]
        mine = sign(key, b"POST", self.path.encode(), time_.encode(), nonce.encode(), body)
        Service.asked.append((self.path, json.loads(body), hmac.compare_digest(mine, self.headers["Envelope-Signature"])))
        if Service.manner == "silent":
            time.sleep(TIMEOUT_S + 1)
        answer = {"no": b'{"match": false}', "odd": b'{"match": "yes"}', "broken": b"{"}.get(Service.manner, b'{"match": true}')
        self.reply(500 if Service.manner == "fails" else 200, answer, None if Service.manner == "unsigned" else (key if Service.manner != "forged" else b"x" * 32, nonce))

    def reply(self, status, body, signed):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if signed:
            now = str(int(time.time() * 1000))
            self.send_header("Envelope-Time", now)
            self.send_header("Envelope-Nonce", signed[1])
            self.send_header("Envelope-Signature", sign(signed[0], b"answer", str(status).encode(), now.encode(), signed[1].encode(), body))
        self.end_headers()
        self.wfile.write(body)


def sign(key, *lines):
    return hmac.new(key, b"".join(line + b"\n" for line in lines), hashlib.sha256).hexdigest()


class Production(Server):
    def start(self):
        self.process, self.port = start_on(self.port, self.command, f"{self.dir}/server.log")

    def command(self, port):
        services = f"http://127.0.0.1:{self.services}"
        return [f"{BUILD}/src/bin/qianbaod", "--data", self.dir, "--listen", f"127.0.0.1:{port}", "--sms-hook", f"{services}/sms", "--sms-hook-inside",
                "--realname-url", services, "--realname-timeout", f"{TIMEOUT_S}s", *(["--store", self.store] if self.store else [])]

    def start_bank(self):
        self.bank = None


def main():
    services = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=services.serve_forever, daemon=True).start()
    server = Production(store=sys.argv[1] if len(sys.argv) > 1 else None)
    server.services = services.server_address[1]
    Service.data = server.dir
    with server:
        phones = iter(range(13700000001, 13700000099))

        def newcomer():
            phone = str(next(phones))
            client = server.client()
            client.plain("/v1/codes", {"phone": phone, "purpose": "register"}).expect(200)
            until(lambda: phone in Service.sent, "no message")
            client.plain("/v1/persons", {"phone": phone, "code": Service.sent[phone], "password": PASSWORD, "nickname": "小明"}).expect(201)
            return client

        def verify(client, n):
            return client.post("/v1/realname", {"name": NAMES[n % len(NAMES)], "id_number": id_number(n)})

        def yes():
            client = newcomer()
            Service.manner = "yes"
            answer = verify(client, 1).expect(200)
            path, body, signed = Service.asked[-1]
            check(answer["tier"] == 1 and signed and path == "/v1/realname-checks" and body == {"name": NAMES[1], "id_number": id_number(1)}, (answer, path, signed))

        def no():
            client = newcomer()
            Service.manner = "no"
            for n in range(10, 15):
                verify(client, n).expect(422, "REALNAME_REJECTED")
            Service.manner = "yes"
            verify(client, 16).expect(429, "TOO_MANY_TRIES")

        def nobody_to_believe():
            """Whoever is not the service says neither yes nor no, and nothing is counted."""
            client = newcomer()
            for n, manner in enumerate(("unsigned", "forged", "odd", "broken", "fails", "silent", "unsigned", "forged"), 30):
                Service.manner = manner
                verify(client, n).expect(503, "REALNAME_OUT_OF_REACH")
                check(client.get("/v1/me").expect(200)["tier"] == 0, manner)
            Service.manner = "yes"
            verify(client, 50).expect(200)

        def no_secrets():
            log = server.log()
            check(all(word not in log for word in (NAMES[1], id_number(1), id_number(50), PASSWORD)), "a name or a number is in the log")
            check(server.client().get("/demo/inbox").status == 404, "no sandbox")

        story("yes: signed, and tier I", yes)
        story("no, five times a day", no)
        story("answers that nobody must believe", nobody_to_believe)
        story("nothing of it in the log; no sandbox here", no_secrets)
    services.shutdown()
    finish()


main()
