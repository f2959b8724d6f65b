#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tables/bin.tsv out of the packages that tables/make/sources brought.

    tables/make/bin.py SOURCES > tables/bin.tsv

bankcard leads; bankcardinfo adds the rows that bankcard lacks; cardbin, which knows names but no lengths, is asked where the two
differ about debit and credit. An issuer is one row of issuer.tsv, whatever name or code a source gives it.
"""
import collections
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = {"DC": "debit", "CC": "credit", "SCC": "semi", "PC": "prepaid"}
Card = collections.namedtuple("Card", "code name kind")

# Not issuers of this country, or not known who they are.
NOT_OURS = {"BCCC", "CSC"}
# bankcard gives these to another bank of the same abbreviation; bankcardinfo and the neighbours in the number range are right.
NANYANG = "南洋商业银行"
MIXED_UP = {"NCB", "NCBANK"}
# Two sources against bankcard.
CORRECTED = {("940032", 16): "JZCBANK"}


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def issuers_read():
    """code -> (name, name_zh), and every other name or code -> code."""
    issuers, known_as = {}, {}
    for line in read(HERE, "issuer.tsv").splitlines()[1:]:
        code, name, name_zh, also = line.split("\t")
        issuers[code] = (name, name_zh)
        for word in [code, name_zh] + [w for w in also.split(",") if w]:
            assert known_as.setdefault(word, code) == code, word
    return issuers, known_as


def bankcard_read(sources):
    text = read(sources, "bankcard", "package", "dist", "bankcard.esm.js")
    cards = collections.OrderedDict()
    names = dict(re.findall(r"\{ code: '([^']*)', name: '([^']*)' \}", text))
    row = re.compile(r"\{ bin: '([0-9]+)', bank: '([^']*)', type: (\w+), len: ([0-9]+) \}")
    for prefix, code, kind, length in row.findall(text):
        cards.setdefault((prefix, int(length)), Card(code, names.get(code, code), KINDS[kind]))
    return cards


def bankcardinfo_read(sources):
    text = read(sources, "bankcardinfo", "package", "index.js")
    cards = collections.OrderedDict()
    bank = re.compile(r'bankName:\s*"([^"]+)",\s*bankCode:\s*"([^"]+)",\s*patterns:\s*\[(.*?)\]\s*\}', re.S)
    pattern = re.compile(r'reg:\s*/\^\(([0-9|]+)\)\\d\{(\d+)\}\$/g,\s*cardType:\s*"(\w+)"')
    for name, code, patterns in bank.findall(text):
        for prefixes, rest, kind in pattern.findall(patterns):
            for prefix in prefixes.split("|"):
                cards.setdefault((prefix, len(prefix) + int(rest)), Card(code, name, KINDS[kind]))
    return cards


def cardbin_read(sources):
    """prefix -> the words on the card: bank|product"""
    return dict(re.findall(r'"([0-9]+)"\s*:\s*"([^"]*)"', read(sources, "cardbin", "cardbin", "bankbin.py")))


def kind_of(prefix, one, other, words):
    """The rarer kind is the more exact one; else what the card is called; else what 625 and 628 are kept for; else the first."""
    for kind in ("semi", "prepaid"):
        if kind in (one.kind, other.kind):
            return kind
    if one.kind != other.kind:
        if "借记" in words:
            return "debit"
        if "贷记" in words or "信用" in words or prefix.startswith(("625", "628")):
            return "credit"
    return one.kind


def main():
    (sources,) = sys.argv[1:]
    issuers, known_as = issuers_read()
    first, second, words = bankcard_read(sources), bankcardinfo_read(sources), cardbin_read(sources)
    assert len(first) > 1600 and len(second) > 1700 and len(words) > 1300, (len(first), len(second), len(words))
    rows, left_out = [], collections.Counter()
    for key in {**first, **second}:
        prefix, length = key
        card = first.get(key) or second[key]
        other = second.get(key, card)
        if not 4 <= len(prefix) <= 10 or not 13 <= length <= 19:
            left_out["prefix or length out of range"] += 1
            continue
        if card.code in NOT_OURS:
            left_out[card.code] += 1
            continue
        if key in CORRECTED:
            code = CORRECTED[key]
        elif card.code in MIXED_UP and other.name == NANYANG:
            code = known_as[NANYANG]
        else:
            code = known_as.get(card.name) or known_as[card.code]
        name, name_zh = issuers[code]
        rows.append((prefix, length, kind_of(prefix, card, other, words.get(prefix, "")), code, name, name_zh))
    rows.sort()
    print("prefix\tlength\tkind\tcode\tname\tname_zh")
    for row in rows:
        print("\t".join(map(str, row)))
    used = {row[3] for row in rows}
    print(f"{len(rows)} rows, {len(used)} issuers; left out: {dict(left_out)}; unused: {sorted(set(issuers) - used)}", file=sys.stderr)


main()
