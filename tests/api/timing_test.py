# SPDX-License-Identifier: Apache-2.0
"""Row 23: does the time of an answer, or a word of it, tell whether a phone has a wallet? Pairs of a known and an unknown phone, one right after the
other in an order by chance, for every door that a stranger can knock at.

    timing_test.py [PAIRS]          300 pairs, more while the machine is too restless to tell a difference of 10 %
    timing_test.py PAIRS FOLDER     the pairs are kept in FOLDER, and the next run goes on from there (make timing)

Judged is the median of the differences within the pairs, with an interval that holds it in 999 of 1,000 cases whatever the noise looks like (the ranks
of a sign test). A leak is a difference of which that interval is sure, and that is more than a twenty-fifth of the time itself. That the same
pairs would have shown a leak of 10 % is checked by adding one.
"""
import gc
import json
import os
import random
import statistics
import sys
import time

from harness import Server, check, finish, story

PHONES = 40
Z = 3.29  # 999 of 1,000, both sides
LEAK, CERTAIN = 0.10, 0.04
HOURS_A_ROUND = 9  # so that no phone has asked for too many codes
AT_MOST = 2  # times the pairs, before the machine is called too restless
FLAGS = ["--codes-per-address-max", "1000000000", "--logins-per-address-max", "1000000000"]


def judge(pairs):
    """(share of the time by which the known phone is slower, how sure: half the interval, whether that is a leak)."""
    differences = sorted(known - unknown for known, unknown in pairs)
    n, time_itself = len(differences), statistics.median([t for pair in pairs for t in pair])
    reach = Z * n ** 0.5 / 2
    low, high = (differences[min(max(int(n / 2 + side * reach), 0), n - 1)] / time_itself for side in (-1, 1))
    share = statistics.median(differences) / time_itself
    return share, (high - low) / 2, (low > 0 or high < 0) and abs(share) > CERTAIN


def would_show(pairs, leak):
    """Would these pairs have shown a known phone that is slower by so much? And one that is quicker?"""
    middle = statistics.median([t for pair in pairs for t in pair])
    return all(judge([(known + side * leak * middle, unknown) for known, unknown in pairs])[2] for side in (-1, 1))


class Doors:
    def __init__(self, server):
        self.server, self.client = server, server.client()
        self.known = [server.register().phone for _ in range(PHONES)]
        self.unknown = [f"136{i:08}" for i in range(PHONES)]
        self.codes = {}

    def send(self, purpose):
        return lambda phone: self.client.plain("/v1/codes", {"phone": phone, "purpose": purpose})

    def wrong(self, path, more):
        """Not the code that was sent: six others would do as well."""
        return lambda phone: self.client.plain(path, {"phone": phone, "code": "000000" if self.codes.get(phone) != "000000" else "000001", **more})

    def doors(self):
        password = {"password": "a long walk 2317 home"}
        return [
            ("code to register", self.send("register")),
            ("registering with a wrong code", self.wrong("/v1/persons", {**password, "nickname": "小明"})),
            ("code to reset", self.send("password")),
            ("resetting with a wrong code", self.wrong("/v1/password/reset", password)),
            ("code to sign in", self.send("login")),
            ("signing in with a wrong code", self.wrong("/v1/sessions/code", {})),
            ("signing in with a wrong password", lambda phone: self.client.plain("/v1/sessions", {"phone": phone, "password": "not the one 4711"})),
        ]


def shape(answer):
    """What of an answer must be the same for both."""
    body = answer.json
    if answer.status < 300:
        return answer.status, sorted(body), len(body["sent_to"])
    return answer.status, {key: value for key, value in body["error"].items() if key != "request_id"}


def one_pair(door, known, unknown):
    """Both times, in the order that a coin says; and both answers are one."""
    order = [(0, known), (1, unknown)]
    random.shuffle(order)
    times, shapes = [0.0, 0.0], [None, None]
    for side, phone in order:
        begun = time.perf_counter()
        answer = door(phone)
        times[side] = time.perf_counter() - begun
        shapes[side] = shape(answer)
        check(answer.status in (200, 401), f"{answer.status} {answer.body[:200]!r}")
    check(shapes[0] == shapes[1], f"different answers: {shapes}")
    return times


def rounds(server, doors, pairs, wanted, keep):
    """Goes round all phones, and the doors that have fewer pairs than are wanted of them, with the door before one that takes a code: it sends it."""
    names = [name for name, _ in doors.doors()]
    while lacking := {name for name in names if len(pairs[name]) < wanted[name]}:
        asked = lacking | {names[names.index(name) - 1] for name in lacking if name.endswith("wrong code")}
        server.client().plain("/demo/clock", {"advance_s": HOURS_A_ROUND * 3600}).expect(200)
        for i in random.sample(range(PHONES), PHONES):
            for name, door in doors.doors():
                if name not in asked:
                    continue
                pair = one_pair(door, doors.known[i], doors.unknown[i])
                if len(pairs[name]) < wanted[name]:
                    pairs[name].append(pair)
                    keep(name, pair)


def kept_pairs(folder, names):
    """The pairs of former runs, and what appends to them."""
    pairs = {name: [] for name in names}
    if not folder:
        return pairs, lambda name, pair: None
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "pairs.jsonl")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.endswith("\n"):  # the last one may be half a line
                    name, known, unknown = json.loads(line)
                    pairs[name].append((known, unknown))
    out = open(path, "a", encoding="utf-8")

    def keep(name, pair):
        out.write(json.dumps([name, *pair]) + "\n")
        out.flush()

    return pairs, keep


def judge_is_judged():
    """Noise alone is no leak, with whatever tail; a leak of 10 % in it is one, in either direction."""
    random.seed(7)
    false, missed, tries = 0, 0, 200
    for _ in range(tries):
        pairs = [[random.lognormvariate(0, 0.15) * (8 if random.random() < 0.03 else 1) for _ in range(2)] for _ in range(300)]
        false += judge(pairs)[2]
        missed += not would_show(pairs, LEAK)
    check(false <= 2, f"{false} of {tries} times noise was called a leak")
    check(missed <= tries // 10, f"{missed} of {tries} times a leak of 10 % was not seen")
    random.seed()


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    folder = sys.argv[2] if len(sys.argv) > 2 else None
    gc.disable()
    story("the judge: noise is no leak, 10 % are", judge_is_judged)
    with Server(flags=FLAGS) as server:
        doors = Doors(server)
        names = [name for name, _ in doors.doors()]
        pairs, keep = kept_pairs(folder, names)

        def measured():
            each = {name: wanted for name in names}
            rounds(server, doors, pairs, each, keep)
            while restless := [name for name in names if len(pairs[name]) < AT_MOST * wanted and not would_show(pairs[name], LEAK)]:
                rounds(server, doors, pairs, {name: len(pairs[name]) + PHONES * (name in restless) for name in names}, keep)

        def no_leak(name):
            share, sure, leaks = judge(pairs[name])
            if leaks:  # seven doors, and one case of 1,000 each: what is there is there in other pairs, too
                print(f"     {name}: {share * 100:+.2f} %, ± {sure * 100:.2f} %; asked once more")
                count, pairs[name] = len(pairs[name]), []
                rounds(server, doors, pairs, {other: count * (other == name) for other in names}, keep)
                share, sure, leaks = judge(pairs[name])
            middle = statistics.median([t for pair in pairs[name] for t in pair])
            print(f"     {name}: {len(pairs[name])} pairs, {middle * 1000:.2f} ms; a known phone takes {share * 100:+.2f} % longer, ± {sure * 100:.2f} %")
            check(not leaks, f"the time tells: {share * 100:+.1f} % ± {sure * 100:.1f} %")
            check(would_show(pairs[name], 0.35), "the machine is so restless that a third more would not have been seen")

        story("the same words for a known and an unknown phone", measured)
        for name in names if pairs[names[0]] else ():
            story(f"row 23: {name}", lambda n=name: no_leak(n))
    finish()


main()
