"""Another process that holds a lock on an SQLite database."""

import subprocess
import sys
from pathlib import Path

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(f"PRAGMA locking_mode = {sys.argv[2]}")
connection.execute("BEGIN EXCLUSIVE")
connection.execute("UPDATE runs SET name = name")
print("locked", flush=True)
sys.stdin.read()
"""


class Locked:
    """While it lasts, another process has locked the database.

    `NORMAL` keeps others from writing, which is all that an exclusive lock does in WAL mode; `EXCLUSIVE` also from
    reading, and can only be had while nobody has the database open.
    """

    def __init__(self, file: Path, mode: str = "EXCLUSIVE"):
        command = [sys.executable, "-c", HOLDER, str(file), mode]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout and self.process.stdout.readline() == b"locked\n"

    def __enter__(self) -> "Locked":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()
