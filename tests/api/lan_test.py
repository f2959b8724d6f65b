# SPDX-License-Identifier: Apache-2.0
"""LAN=1 ./run, with 127.0.0.2 as the address on the network: the certificate is of an authority of this installation, a phone fetches its root by
plain HTTP, installs it and reaches the wallet by TLS; the terminal shows where, as a code; a second start keeps the root and renews the rest."""
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

from harness import BUILD, ROOT, check, finish, free_port, story

LAN = "127.0.0.2"


def blocks_of(text):
    """The dark modules of a code that was drawn in half blocks."""
    out = set()
    for y, line in enumerate(text.splitlines()):
        for x, block in enumerate(line):
            if block in "▀█":
                out.add((x, 2 * y))
            if block in "▄█":
                out.add((x, 2 * y + 1))
    return out


def modules_of(path):
    """The same of a path of SVG, as qr_draw writes it."""
    out = set()
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        out |= {(int(x) + i, int(y)) for i in range(int(run))}
    return out


def free_pair():
    """A port of the address with a free one behind it."""
    while True:
        port = free_port(LAN)
        with socket.socket() as behind:
            try:
                behind.bind((LAN, port + 1))
                return port
            except OSError:
                continue


def lan(*words):
    return subprocess.run([f"{ROOT}/scripts/lan", *words], capture_output=True, text=True, timeout=60, check=False)


class Run:
    """./run as a person starts it, until it says that it is ready."""

    def __init__(self, data, port):
        environment = {**os.environ, "LAN": LAN, "PORT": str(port), "DATA": data}
        # What sh puts in the background ignores SIGINT, and a shell cannot trap what was ignored when it began: a person's terminal does not.
        self.process = subprocess.Popen([f"{ROOT}/run"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, start_new_session=True,
                                        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.said = ""

    def until(self, words, seconds=300):
        until = time.monotonic() + seconds
        while words not in self.said:
            line = self.process.stdout.readline()
            check(line and time.monotonic() < until, f"it ended: {self.said[-800:]}")
            self.said += line

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.said += self.process.communicate(timeout=60)[0]
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            check(False, "Ctrl-C did not stop it")


def fetch(port, path, method="GET"):
    connection = http.client.HTTPConnection(LAN, port, timeout=30)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def main():
    folder = tempfile.mkdtemp(dir=os.environ.get("QIANBAO_TMP"))
    data, port = f"{folder}/data", free_pair()
    run = Run(data, port)
    try:
        story("./run starts, with its demo town", lambda: run.until("SHA-256"))

        def warned():
            check("WARNING" in run.said and "everybody's codes" in run.said and "请不要用真实的姓名和银行卡" in run.said, run.said[-2000:])
            check(f"https://{LAN}:{port} " in run.said and f"http://{LAN}:{port + 1}/" in run.said, "where")

        story("it warns, in both languages, and says where", warned)

        def phone():
            """What a phone does: the page, the root, and from then on only what that root vouches for."""
            status, headers, page = fetch(port + 1, "/")
            page = page.decode()
            check(status == 200 and "安装" in page and "Install the root certificate" in page and f'href="https://{LAN}:{port}/"' in page, page[:400])
            check("default-src 'none'" in headers["Content-Security-Policy"] and "<style" not in page and "<script" not in page, headers)
            status, headers, root = fetch(port + 1, "/ca.crt")
            check(status == 200 and headers["Content-Type"] == "application/x-x509-ca-cert", headers)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(cadata=root)
            connection = http.client.HTTPSConnection(LAN, port, timeout=30, context=context)
            connection.request("GET", "/v1/config")
            check(json.loads(connection.getresponse().read())["sandbox"], "the wallet")
            connection.request("GET", "/")
            page = connection.getresponse()
            check("max-age" in page.getheader("Strict-Transport-Security") and b"<html" in page.read(), "the app")
            fingerprint = ":".join(f"{b:02X}" for b in __import__("hashlib").sha256(root).digest())
            check(fingerprint in run.said and fingerprint in fetch(port + 1, "/")[2].decode(), "the fingerprint is the same in both places")
            try:
                strict = ssl.create_default_context()
                strict.wrap_socket(socket.create_connection((LAN, port), timeout=30), server_hostname=LAN)
                check(False, "trusted without the root")
            except ssl.SSLCertVerificationError:
                pass

        story("a phone installs the root and opens the wallet by TLS", phone)

        def nothing_else():
            for method, path in (("GET", "/v1/config"), ("GET", "/demo/inbox"), ("GET", "/ca.key"), ("GET", "/../tls/ca.key"), ("GET", "/healthz"), ("POST", "/"), ("POST", "/ca.crt"),
                                 ("GET", "/server.key"), ("GET", "//ca.crt"), ("GET", "/%2e%2e/ca.key"), ("GET", "/metrics")):
                status, _, body = fetch(port + 1, path, method)
                check(status == 404 and b"KEY" not in body and len(body) < 20, f"{method} {path}: {status} {body[:60]}")

        story("the door of plain HTTP gives nothing else", nothing_else)

        def code():
            drawn = subprocess.run([f"{BUILD}/src/bin/qianbao", "qr", f"http://{LAN}:{port + 1}/"], capture_output=True, text=True, timeout=60, check=False).stdout
            check(drawn and drawn in run.said, "the code is in the terminal")
            dark = blocks_of(drawn)
            side = max(len(line) for line in drawn.splitlines())
            finder = {(x, y) for x in range(4, 11) for y in range(4, 11) if x in (4, 10) or y in (4, 10) or (6 <= x <= 8 and 6 <= y <= 8)}
            for x, y in ((0, 0), (side - 15, 0), (0, side - 15)):
                check(all((i + x, j + y) in dark for i, j in finder), f"no corner at {x} {y}")
            check(min(x for x, _ in dark) == 4 and max(x for x, _ in dark) == side - 5, "the quiet zone")

        story("the terminal shows the address as a code", code)

        def files():
            check(os.stat(f"{data}/tls").st_mode & 0o777 == 0o700, "the folder")
            for name in ("ca.key", "server.key"):
                check(os.stat(f"{data}/tls/{name}").st_mode & 0o777 == 0o600, name)
            text = subprocess.run(["openssl", "x509", "-in", f"{data}/tls/ca.crt", "-noout", "-text"], capture_output=True, text=True, check=True).stdout
            check("CA:TRUE, pathlen:0" in text and "Name Constraints: critical" in text and "192.168.0.0" in text, text)
            text = subprocess.run(["openssl", "x509", "-in", f"{data}/tls/server.crt", "-noout", "-text"], capture_output=True, text=True, check=True).stdout
            check(f"IP Address:{LAN}" in text and "TLS Web Server Authentication" in text and "CA:FALSE" in text, text)
            check(subprocess.run(["openssl", "x509", "-in", f"{data}/tls/server.crt", "-noout", "-checkend", str(31 * 86400)], capture_output=True, check=False).returncode == 1, "it lives long")
            check(subprocess.run(["openssl", "verify", "-CAfile", f"{data}/tls/ca.crt", f"{data}/tls/server.crt"], capture_output=True, check=False).returncode == 0, "the chain")

        story("keys are the owner's, the root may vouch for private addresses only, the certificate is short-lived", files)

        def again():
            def read(name):
                with open(f"{data}/tls/{name}", "rb") as file:
                    return file.read()

            before = read("ca.crt"), read("server.crt")
            run.stop()
            check("What was paid stays" in run.said, run.said[-300:])
            second = Run(data, port)
            second.until("SHA-256")
            second.stop()
            check(read("ca.crt") == before[0] and read("server.crt") != before[1], "the root stays, the certificate is new")

        story("a second start keeps the root and renews the certificate", again)
    finally:
        if run.process.poll() is None:
            run.stop()

    def addresses():
        check(lan("address", LAN).stdout == LAN + "\n", "one of its own")
        for wrong, words in (("198.51.100.7", "is no address of this machine"), ("nowhere", "is no address")):
            done = lan("address", wrong)
            check(done.returncode == 1 and words in done.stderr, done.stderr)
        done = lan("address")
        check(done.returncode in (0, 1) and (done.stdout.strip() or "LAN:" in done.stderr), f"{done}")

    story("an address that this machine does not have is refused in words", addresses)

    def refused():
        done = subprocess.run([f"{BUILD}/src/bin/qianbaod", "--data", f"{folder}/other", "--root-certificate", f"{data}/tls/ca.crt"], capture_output=True, text=True, timeout=60, check=False)
        check(done.returncode == 2 and "root_certificate: only with tls_certificate" in done.stderr, done.stderr)
        done = subprocess.run([f"{BUILD}/src/bin/qianbaod", "--data", f"{folder}/other", "--sandbox", "--listen", f"{LAN}:0", "--tls-certificate", f"{data}/tls/server.crt", "--tls-key",
                               f"{data}/tls/server.key", "--root-certificate", f"{data}/tls/server.crt"], capture_output=True, text=True, timeout=60, check=False)
        check(done.returncode == 1 and "root_certificate: " in done.stderr and "authority" in done.stderr, done.stderr)

    story("a root that is none refuses the start", refused)
    shutil.rmtree(folder, ignore_errors=True)
    finish()


if __name__ == "__main__":
    main()
