# SPDX-License-Identifier: Apache-2.0
"""The sandbox bank, for stories: its special cards, how a bank behaves, and what it says when it is asked."""
from datetime import datetime

from harness import Wrong, ask_bank, check, until  # noqa: F401: who speaks with the bank finds ask_bank here


def special(kind, prefix="622588", length=16):
    """The bank's special number of a kind (docs/sandbox.md)."""
    body = f"{prefix}{kind:0{length - len(prefix) - 1}}"
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return body + str((10 - total % 10) % 10)


def mode(server, bank, how):
    done = server.cli("sandbox", "bank", bank, how)
    check(done.returncode == 0, done.stderr)


def back(server, bank):
    """It is there again, and asked at once: the clock goes on by the longest of the first waits."""
    mode(server, bank, "normal")
    done = server.cli("sandbox", "clock", "+15s")
    check(done.returncode == 0, done.stderr)


def lost(server, client, bank, begin):
    """A payment that the bank has booked, and whose answer was lost: in doubt until back(server, bank), since it is out of reach from then on. The wallet asks
    after two seconds; where the machine stood still for so long it knows already, and another one is begun. Gives the payment, and how many were begun."""

    def seen():
        """As it is when no question about it is on its way any more."""
        answer = client.get(path)
        now = answer.expect(200)["payment"]
        asks = now["state"] == "in_doubt" and datetime.fromisoformat(now["doubt"]["next_probe"]) <= datetime.fromisoformat(answer.headers["Server-Time"])
        return None if asks or now["state"] == "at_bank" else now

    for begun in range(1, 6):
        mode(server, bank, "lose")
        path = f"/v1/payments/{begin()['id']}"
        until(seen, "the bank does not answer")
        mode(server, bank, "outage")
        now = until(seen, "the bank is asked without end")
        if now["state"] == "in_doubt":
            return now, begun
    raise Wrong(f"never in doubt, but {now['state']}")
