# SPDX-License-Identifier: Apache-2.0
"""docs/nginx.conf, as it stands there but for names, ports and paths, in a real nginx on the loopback: a person registers, tops up, pays and is told at
once, by HTTP/2 as by 1.1; and what is limited counts the people, not nginx."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

from harness import PASSWORD, PATIENCE_S, PIN, ROOT, Server, check, finish, free_port, story
from tls_test import make, trusting

ASKS = 6  # one-time codes from one address, an hour


class Proxied(Server):
    """A server whose people come through nginx; each from an address of the loopback."""

    def __init__(self, folder):
        super().__init__(flags=["--tls", "--proxy", "127.0.0.1", "--codes-per-address-max", str(ASKS)])
        self.folder, self.nginx, self.front, self.bare = folder, None, 0, 0
        self.pair = make(folder, "first")
        self.trust, self.cookie, self.source = None, "qb_session", "127.0.0.1"

    def connection(self):
        if not self.trust:
            return super().connection()
        return http.client.HTTPSConnection("127.0.0.1", self.front, timeout=30, context=self.trust, source_address=(self.source, 0))

    def begin(self):
        """On free ports, as long as another program is quicker."""
        for last in (False, False, False, True):
            self.front, self.bare = free_port(), free_port()
            if self.listens(last):
                break
        self.trust, self.cookie = trusting(self.pair[0]), "__Host-qb_session"

    def listens(self, last):
        with open(f"{ROOT}/docs/nginx.conf", encoding="utf-8") as file:
            site = file.read()
        for there, here in ((r"    listen \[::\].*\n", ""), (r"listen 80;", f"listen 127.0.0.1:{self.bare};"), (r"listen 443 ", f"listen 127.0.0.1:{self.front} "),
                            (r"wallet\.example\.org;", "127.0.0.1;"), (r"ssl_certificate /\S+;", f"ssl_certificate {self.pair[0]};"),
                            (r"ssl_certificate_key /\S+;", f"ssl_certificate_key {self.pair[1]};"), (r"server 127\.0\.0\.1:8080;", f"server 127.0.0.1:{self.port};")):
            site, count = re.subn(there, lambda _, text=here: text, site)
            check(count > 0, f"{there} is not in docs/nginx.conf")
        with open(f"{self.folder}/site.conf", "w", encoding="utf-8") as file:
            file.write(site)
        places = "".join(f"{kind}_temp_path {self.folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root; " if os.getuid() == 0 else ""  # its own user could not enter a private folder
        with open(f"{self.folder}/nginx.conf", "w", encoding="utf-8") as file:
            file.write(f"daemon off; {user}pid {self.folder}/pid; worker_processes 1; error_log {self.folder}/error.log; events {{ worker_connections 512; }}\n"
                       f"http {{ access_log off; {places} include {self.folder}/site.conf; }}\n")
        self.nginx = subprocess.Popen(["/usr/sbin/nginx", "-p", self.folder, "-c", f"{self.folder}/nginx.conf", "-e", f"{self.folder}/error.log"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.front), timeout=30).close()
                return True
            except OSError:
                if self.nginx.poll() is not None or time.monotonic() > end:
                    said = self.nginx.stderr.read()
                    if "Address already in use" in said and not last:
                        return False
                    raise RuntimeError(f"nginx did not start: {said}") from None
                time.sleep(0.05)

    def end(self):
        if self.nginx:
            self.nginx.send_signal(signal.SIGQUIT)
            self.nginx.wait(PATIENCE_S)

    def by_curl(self, *words):
        """Status, version of HTTP and body."""
        done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", self.pair[0], "-w", "\n%{http_code} %{http_version}", *words], capture_output=True, text=True,
                              timeout=30, check=False)
        body, _, end = done.stdout.rpartition("\n")
        check(done.returncode == 0, f"curl: {done.stderr}")
        return int(end.split()[0]), end.split()[1], body


def main():
    folder = tempfile.mkdtemp(dir=os.environ.get("QIANBAO_TMP"))
    server = Proxied(folder)
    with server:
        story("nginx takes docs/nginx.conf", server.begin)
        base = f"https://127.0.0.1:{server.front}"

        def flow():
            payer, shop = server.person(100_000), server.shop("样样齐全")
            order = shop.post(f"/v1/merchants/{shop.merchant['id']}/orders", {"amount": 850}).expect(201)["order"]
            stream = server.trust.wrap_socket(socket.create_connection(("127.0.0.1", server.front), timeout=30), server_hostname="127.0.0.1")
            stream.sendall(f"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: __Host-qb_session={shop.cookie}\r\n\r\n".encode())
            got, begun = b"", time.monotonic()
            while b"welcome" not in got:  # what is held back comes with the first beat, after a quarter of a minute, or never
                got += stream.recv(4096)
            check(time.monotonic() - begun < 10, "the stream was held back")
            paid = payer.post("/v1/purchases", {"code": order["code"], "amount": 850, "source": "balance", "pin": PIN}).expect(201)["payment"]
            check(paid["state"] == "done", paid)
            begun = time.monotonic()
            while b"event: changed" not in got:
                got += stream.recv(4096)
            check(time.monotonic() - begun < 10, "the event was held back")
            stream.close()

        story("register, top up, pay, and be told at once", flow)

        def versions():
            status, version, body = server.by_curl("--http2", f"{base}/v1/config")
            check((status, version) == (200, "2") and json.loads(body)["currency"] == "CNY", f"{status} {version}")
            check(server.by_curl("--http1.1", f"{base}/healthz")[:2] == (200, "1.1"), "1.1")
            status, _, _ = server.by_curl(f"http://127.0.0.1:{server.bare}/v1/me")
            check(status == 308, f"plain HTTP: {status}")
            for old in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                context = trusting(server.pair[0])
                context.minimum_version = context.maximum_version = old
                context.wrap_socket(socket.create_connection(("127.0.0.1", server.front), timeout=30), server_hostname="127.0.0.1").close()

        story("HTTP/2 and 1.1, TLS 1.2 and 1.3; plain HTTP is sent there", versions)

        def counted():
            def ask(source, **headers):
                server.source = source
                client = server.client()
                phone = f"136{int(source.rsplit('.', 1)[1]):02}{next(server.numbers):06}"
                return client.call("POST", "/v1/codes", {"phone": phone, "purpose": "register"}, headers=headers)

            for i in range(ASKS):
                ask("127.0.0.2").expect(200)
            ask("127.0.0.2").expect(429, "TOO_MANY_TRIES")
            ask("127.0.0.3").expect(200)
            for i in range(3):  # what a client says of itself changes nothing
                ask("127.0.0.2", **{"X-Forwarded-For": f"198.51.100.{i}"}).expect(429, "TOO_MANY_TRIES")
                ask("127.0.0.2", **{"X-Forwarded-For": f"198.51.100.{i}, 127.0.0.9", "Forwarded": "for=127.0.0.9", "X-Real-IP": "127.0.0.9"}).expect(429, "TOO_MANY_TRIES")
            server.source = "127.0.0.1"

        story("codes are counted by the person's address, whatever the person says", counted)

        def limits():
            big = json.dumps({"text": "a" * 20_000})
            check(server.by_curl("-X", "POST", "--json", big, f"{base}/v1/scan")[0] == 413, "a large body")
            person = server.person(card=False)
            photo = person.call("PUT", "/v1/realname/document/front", raw=b"x" * 100_000, key="0123456789abcdef", headers={"Content-Type": "image/jpeg"})
            check(photo.code == "PICTURE_KIND", f"a photo, which is the server's to judge: {photo.status} {photo.body[:200]}")
            check(server.by_curl(f"{base}/metrics")[0] == 200, "the operator's figures, from here")
            check(server.by_curl("--interface", "127.0.0.5", f"{base}/metrics")[0] == 403, "the operator's figures, from elsewhere")
            many = "\n".join(f'url = "{base}/healthz"\noutput = "/dev/null"' for _ in range(400))
            with open(f"{folder}/many", "w", encoding="ascii") as file:
                file.write(many)
            done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--interface", "127.0.0.7", "--http2", "--parallel", "--cacert", server.pair[0], "-w", "%{http_code}\n", "-K", f"{folder}/many"],
                                  capture_output=True, text=True, timeout=60, check=False)
            told = done.stdout.split()
            check(told.count("200") >= 100 and told.count("503") > 0, f"{len(told)}: 200 {told.count('200')}, 503 {told.count('503')}")
            server.client().get("/healthz").expect(200)

        story("bodies, the figures and floods have their limits", limits)

        def away():
            client = server.register()
            server.stop()
            answer = client.get("/v1/me")
            check(answer.status == 503, answer.status)
            server.page.check(answer.json, server.page.ref("Error"), "nginx's own answer")
            row = next(r for r in server.texts if r["code"] == "STOPPING")
            error = answer.json["error"]
            check(all(error[key] == row[key] for key in ("code", "message", "message_zh", "class", "next", "help")), f"{error} instead of {row}")
            check(error["money_taken"] == "checking" and answer.headers["Retry-After"], "what is not known is not said")
            server.trust = None
            server.start()
            server.trust = trusting(server.pair[0])
            client.close()
            check(client.plain("/v1/sessions", {"phone": client.phone, "password": PASSWORD}).status == 201, "it is back")

        server.texts = server.client().get("/v1/texts").expect(200)["errors"]
        story("a server that is away is told in words that the app knows", away)
        story("the books", server.audit)
        server.end()
    shutil.rmtree(folder, ignore_errors=True)
    finish()


if __name__ == "__main__":
    main()
