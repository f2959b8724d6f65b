# SPDX-License-Identifier: Apache-2.0
"""Somebody changes the amount of an entry behind the server's back, while it runs: python3 bend.py DATA WAS BECOMES"""
import sqlite3
import struct
import sys

HEADER, ENTRY, AMOUNT_AT, HASHES = 16, 128, 32, 64  # src/ledger/rows.h, entry.c


def bent(rows, was, becomes):
    """The first row with an entry of that amount, as it is afterwards: (first, body)."""
    for first, body in rows:
        body = bytearray(body)
        for at in range(HEADER, len(body) - HASHES, ENTRY):
            if struct.unpack_from("<Q", body, at + AMOUNT_AT)[0] == was:
                struct.pack_into("<Q", body, at + AMOUNT_AT, becomes)
                return first, bytes(body)
    raise AssertionError("no such entry")


def bend_sqlite(data, was, becomes):
    db = sqlite3.connect(f"{data}/qianbao.db")
    with db:
        first, body = bent(db.execute("SELECT first, body FROM ledger_row"), was, becomes)
        db.execute("UPDATE ledger_row SET body = ? WHERE first = ?", (body, first))
    db.close()


if __name__ == "__main__":
    bend_sqlite(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
