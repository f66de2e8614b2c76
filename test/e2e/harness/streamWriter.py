"""Writes a stream into a native trace as a recorder does: row by row, in WAL mode, the file kept open.

    python3 streamWriter.py PATH CALL_ID

Each line of the input is a command: "tokens N" adds the tokens up to the Nth, each in a transaction of its
own, "end" ends the call. Answers each with the wall-clock time of its last commit, in ms since the epoch.
"""

import sqlite3
import sys
import time

GAP_US = 40_000

path, call_id = sys.argv[1:]
database = sqlite3.connect(path, isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
(call_key,) = database.execute(
    "SELECT step_key FROM steps WHERE step_id = ?", (call_id,)
).fetchone()


def count():
    return database.execute(
        "SELECT count(*) FROM llm_tokens WHERE call_key = ?", (call_key,)
    ).fetchone()[0]


def add_token(index):
    database.execute(
        "INSERT INTO llm_tokens (call_key, token_index, offset_us, kind, read_index, token)"
        " VALUES (?, ?, ?, 0, ?, ?)",
        (call_key, index, (index + 1) * GAP_US, index, f"tok {index + 1} "),
    )


def end():
    database.execute(
        "UPDATE llm_calls SET state = 'completed', finish_reason = 'stop', duration_us = ?"
        " WHERE call_key = ?",
        ((count() + 1) * GAP_US, call_key),
    )


for line in sys.stdin:
    command, *arguments = line.split()
    if command == "tokens":
        for index in range(count(), int(arguments[0])):
            add_token(index)
    elif command == "end":
        end()
    print(time.time() * 1000, flush=True)
