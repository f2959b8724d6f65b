# SPDX-License-Identifier: Apache-2.0
"""What systemd is told, and when: python3 service_story.py [STORE]"""
import os
import socket
import sys

from harness import Server, check, finish, story


def main():
    with Server(store=sys.argv[1] if len(sys.argv) > 1 else None) as server:
        server.stop()

        def told_at(address):
            """Starts and stops a server that is told of this socket; what it said, and whether it was ready when it said so."""
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            listener.bind(address)
            listener.settimeout(30)
            os.environ["NOTIFY_SOCKET"] = address.replace("\0", "@")
            server.start()
            del os.environ["NOTIFY_SOCKET"]
            first = listener.recv(100).decode()
            ready = server.client().get("/readyz").status
            server.stop()
            second = listener.recv(100).decode()
            listener.close()
            return first, ready, second

        def path():
            check(told_at(f"{server.dir}/notify") == ("READY=1", 200, "STOPPING=1"), "by a path")

        def abstract():
            check(told_at(f"\0qianbao-notify-{os.getpid()}") == ("READY=1", 200, "STOPPING=1"), "by an abstract name")

        def nobody():
            """It starts all the same where nobody listens, or the name is none."""
            for name in (f"{server.dir}/nothing", "relative", "/", "@", "/" + "x" * 200):
                os.environ["NOTIFY_SOCKET"] = name
                server.start()
                del os.environ["NOTIFY_SOCKET"]
                check(server.client().get("/readyz").status == 200, name)
                server.stop()

        story("a socket by its path", path)
        story("an abstract socket", abstract)
        story("nobody listens", nobody)
    finish()


main()
