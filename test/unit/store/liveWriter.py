"""Writes to a database in WAL mode as fast as it can until it is killed.

    python3 liveWriter.py PATH SEED

Every commit keeps this true: table a and table b hold the same numbers, and both as many as table total says.
Prints a line when the first commit is done. Standard library only.
"""

import random
import sqlite3
import sys

path, seed = sys.argv[1], int(sys.argv[2])
rng = random.Random(seed)
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("PRAGMA page_size = 1024")
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA synchronous = OFF")
connection.execute("PRAGMA wal_autocheckpoint = 7")
connection.execute("PRAGMA cache_size = 5")
for table in ("a", "b", "total"):
    connection.execute(f"CREATE TABLE {table} (n INTEGER, filler BLOB)")
connection.execute("INSERT INTO total (n) VALUES (0)")

number = 0
while True:
    connection.execute("BEGIN")
    for _ in range(rng.randint(1, 20)):
        number += 1
        for table in ("a", "b"):
            connection.execute(f"INSERT INTO {table} VALUES (?, ?)", [number, rng.randbytes(rng.randint(0, 3000))])
    connection.execute("UPDATE total SET n = ?", [number])
    connection.execute("COMMIT")
    if number < 30:
        print("ready", flush=True)
    if rng.random() < 0.02:
        connection.execute(f"PRAGMA wal_checkpoint({rng.choice(['RESTART', 'TRUNCATE'])})").fetchall()
    if number > 600:
        # Stays small, so that there are many snapshots.
        connection.execute("BEGIN")
        for table in ("a", "b"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("UPDATE total SET n = 0")
        connection.execute("COMMIT")
        number = 0
        connection.execute("VACUUM")
