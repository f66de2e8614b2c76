"""Makes databases in WAL mode as writers leave them, with what the real SQLite reads from each.

    python3 walCases.py FOLDER SEED COUNT

writes FOLDER/0.db, FOLDER/0.db-wal, ... and FOLDER/expected.json: for every case the texts that QUERIES give, null
where SQLite fails. Standard library only; the same seed makes the same cases.
"""

import json
import os
import random
import shutil
import sqlite3
import struct
import sys

QUERIES = [
    "SELECT coalesce(group_concat(name || ':' || coalesce(sql, ''), ';'), '') FROM (SELECT * FROM sqlite_schema ORDER BY name)",
    "SELECT coalesce(group_concat(a || ':' || hex(b), ';'), '') FROM (SELECT a, b FROM t ORDER BY a)",
    "SELECT page_count FROM pragma_page_count",
]
PAGE_SIZES = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]


def blob(rng, page_size):
    """Mostly short, sometimes long enough for overflow pages."""
    size = rng.choice([0, 10, 100, min(page_size, 4096) // 2, page_size * 2 if page_size < 8192 else 100])
    return rng.randbytes(rng.randint(0, size))


def write(connection, rng, page_size, ending="COMMIT"):
    connection.execute("BEGIN")
    for _ in range(rng.randint(1, 25)):
        action = rng.random()
        if action < 0.7:
            connection.execute("INSERT INTO t (b) VALUES (?)", [blob(rng, page_size)])
        elif action < 0.85:
            connection.execute("UPDATE t SET b = ? WHERE a % 7 = ?", [blob(rng, page_size), rng.randint(0, 6)])
        else:
            connection.execute("DELETE FROM t WHERE a % 5 = ?", [rng.randint(0, 4)])
    connection.execute(ending)


def live(rng, path):
    """Works on a database for a while, and returns its connections with it still open."""
    page_size = rng.choice(PAGE_SIZES)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {page_size}")
    connection.execute(f"PRAGMA auto_vacuum = {rng.randint(0, 2)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA wal_autocheckpoint = {rng.choice([0, 2, 10, 1000])}")
    connection.execute(f"PRAGMA cache_size = {rng.choice([1, 5, 100])}")
    connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b BLOB)")
    reader = None
    for _ in range(rng.randint(1, 10)):
        action = rng.random()
        if action < 0.5:
            write(connection, rng, page_size)
        elif action < 0.6:
            write(connection, rng, page_size, "ROLLBACK")
        elif action < 0.8:
            mode = rng.choice(["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
        elif action < 0.87 and reader is None:
            # Holds a checkpoint back half way.
            reader = sqlite3.connect(path, isolation_level=None)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM t").fetchall()
        elif action < 0.94:
            try:
                connection.execute("VACUUM")
            except sqlite3.OperationalError:
                pass  # the reader is in the way
        else:
            connection.execute(f"CREATE TABLE IF NOT EXISTS other{rng.randint(0, 3)} (x)")
            connection.execute("CREATE INDEX IF NOT EXISTS t_by_b ON t (b)")
    if rng.random() < 0.3:
        # More than the cache holds: frames of a transaction that never commits are in the log.
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        for _ in range(rng.randint(5, 60)):
            connection.execute("INSERT INTO t (b) VALUES (?)", [rng.randbytes(page_size)])
    return [connection] + ([reader] if reader else [])


def checksum(before, data, order):
    first, second = before
    for a, b in struct.iter_unpack(order + "II", data):
        first = (first + a + second) & 0xFFFFFFFF
        second = (second + b + first) & 0xFFFFFFFF
    return first, second


def with_other_byte_order(wal):
    """The log as a writer on a big-endian machine leaves it: only the checksums differ."""
    if len(wal) < 32:
        return wal
    page_size = struct.unpack(">I", wal[8:12])[0]
    out = bytearray(wal)
    out[0:4] = struct.pack(">I", 0x377F0683)
    sums = checksum((0, 0), bytes(out[0:24]), ">")
    out[24:32] = struct.pack(">II", *sums)
    for frame in range(32, len(out) - page_size - 23, page_size + 24):
        if out[frame + 8 : frame + 16] != out[16:24]:
            break
        sums = checksum(sums, bytes(out[frame : frame + 8]), ">")
        sums = checksum(sums, bytes(out[frame + 24 : frame + 24 + page_size]), ">")
        out[frame + 16 : frame + 24] = struct.pack(">II", *sums)
    return bytes(out)


def spoiled(rng, wal):
    """What a crash, a bad disk or another machine does to a log."""
    action = rng.random()
    out = bytearray(wal)
    if len(wal) == 0 or action < 0.4:
        return wal
    if action < 0.55:
        return wal[: rng.randint(0, len(wal))]
    if action < 0.7:
        at = rng.randrange(len(out))
        out[at] ^= 1 << rng.randint(0, 7)
    elif action < 0.75:
        at = rng.randrange(min(32, len(out)))
        out[at] ^= 1 << rng.randint(0, 7)
    elif action < 0.82:
        at = rng.randrange(len(out))
        out[at:] = bytes(len(out) - at)
    elif action < 0.9:
        out += rng.randbytes(rng.randint(1, 5000))
    else:
        return with_other_byte_order(wal)
    return bytes(out)


def read(path):
    connection = sqlite3.connect(path)
    try:
        return [answer(connection, query) for query in QUERIES]
    finally:
        connection.close()


def answer(connection, query):
    try:
        return str(connection.execute(query).fetchone()[0])
    except sqlite3.DatabaseError:
        return None


def main(folder, seed, count):
    expected = []
    for case in range(count):
        rng = random.Random(seed * 1_000_003 + case)
        path = os.path.join(folder, f"{case}.db")
        work = os.path.join(folder, "work.db")
        connections = live(rng, work)
        shutil.copyfile(work, path)
        with open(work + "-wal", "rb") as file:
            wal = spoiled(rng, file.read())
        for connection in connections:
            connection.close()
        for leftover in os.listdir(folder):
            if leftover.startswith("work.db"):
                os.remove(os.path.join(folder, leftover))
        with open(path + "-wal", "wb") as file:
            file.write(wal)
        # The real SQLite works on a copy: it checkpoints when it closes.
        shutil.copyfile(path, work)
        shutil.copyfile(path + "-wal", work + "-wal")
        expected.append(read(work))
        for leftover in os.listdir(folder):
            if leftover.startswith("work.db"):
                os.remove(os.path.join(folder, leftover))
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump({"queries": QUERIES, "cases": expected}, file)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
