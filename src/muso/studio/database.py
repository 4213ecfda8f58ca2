"""What is remembered: uploads, what was made, listening tests and their answers.

SQLite in WAL mode, each change synced to the disk before it is acknowledged: a killed studio
loses nothing that it said it had.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS pieces (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, media TEXT NOT NULL, bytes INTEGER NOT NULL,
    added REAL NOT NULL, listed INTEGER NOT NULL, said TEXT
);
CREATE TABLE IF NOT EXISTS compositions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, piece TEXT NOT NULL, made REAL NOT NULL,
    request TEXT NOT NULL, facts TEXT NOT NULL, kept INTEGER NOT NULL DEFAULT 0, stars INTEGER,
    parent INTEGER
);
CREATE TABLE IF NOT EXISTS tests (
    id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, title TEXT NOT NULL, made REAL NOT NULL,
    labels TEXT NOT NULL, open INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS items (
    test TEXT NOT NULL REFERENCES tests(id) ON DELETE CASCADE, number INTEGER NOT NULL,
    piece TEXT NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL, code TEXT NOT NULL UNIQUE,
    PRIMARY KEY (test, number)
);
CREATE TABLE IF NOT EXISTS answers (
    test TEXT NOT NULL REFERENCES tests(id) ON DELETE CASCADE, listener TEXT NOT NULL,
    number INTEGER NOT NULL, label TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (test, listener, number)
);
"""

Row = dict[str, Any]


class Database:
    """The studio's memory, in one file.

    >>> import tempfile
    >>> database = Database(Path(tempfile.mkdtemp(), "studio.sqlite"))
    >>> database.add_piece("0" * 32 + ".mid", "song.mid", "score", 120)
    >>> [piece["name"] for piece in database.pieces()]
    ['song.mid']
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.executescript(SCHEMA)
        self._connection.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        """Let the file go; everything is in it already."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _ask(self, question: str, *values: Any) -> list[Row]:
        with self._lock:
            return [dict(row) for row in self._connection.execute(question, values)]

    # Uploads

    def add_piece(self, piece: str, name: str, media: str, size: int, listed: bool = True) -> None:
        """Take down an upload; one already known comes first again, and nothing is said of it."""
        with self._change() as change:
            change.execute(
                "INSERT INTO pieces (id, name, media, bytes, added, listed) VALUES (?,?,?,?,?,?) "
                "ON CONFLICT (id) DO UPDATE SET name = excluded.name, added = excluded.added, "
                "listed = max(listed, excluded.listed), said = NULL",
                (piece, name, media, size, time.time(), listed),
            )

    def pieces(self) -> list[Row]:
        """The listed uploads, the latest first."""
        rows = self._ask("SELECT * FROM pieces WHERE listed ORDER BY added DESC, rowid DESC")
        return [{**row, "said": _loaded(row["said"])} for row in rows]

    def piece(self, piece: str) -> Row | None:
        """One upload, listed or not."""
        rows = self._ask("SELECT * FROM pieces WHERE id = ?", piece)
        return {**rows[0], "said": _loaded(rows[0]["said"])} if rows else None

    def count_pieces(self) -> int:
        """How many uploads are listed."""
        return int(self._ask("SELECT count(*) AS n FROM pieces WHERE listed")[0]["n"])

    def used(self) -> set[str]:
        """Every piece that something here still needs."""
        rows = self._ask(
            "SELECT id FROM pieces WHERE listed UNION SELECT piece FROM compositions "
            "UNION SELECT piece FROM items"
        )
        return {row["id"] for row in rows}

    def take_down(self, piece: str, said: Mapping[str, Any]) -> None:
        """Remember what was said of an upload."""
        with self._change() as change:
            change.execute("UPDATE pieces SET said = ? WHERE id = ?", (json.dumps(said), piece))

    def unlist(self, piece: str | None) -> int:
        """Take one upload off the list, or all of them; how many were."""
        with self._change() as change:
            done = change.execute(
                "UPDATE pieces SET listed = 0 WHERE listed AND (?1 IS NULL OR id = ?1)", (piece,)
            )
            return done.rowcount

    # What was made

    def add_composition(
        self, piece: str, request: Mapping[str, Any], facts: Mapping[str, Any], parent: int | None
    ) -> int:
        """Take down a composition; its number."""
        with self._change() as change:
            done = change.execute(
                "INSERT INTO compositions (piece, made, request, facts, parent) VALUES (?,?,?,?,?)",
                (piece, time.time(), json.dumps(request), json.dumps(facts), parent),
            )
            return int(done.lastrowid or 0)

    def compositions(self, number: int | None = None) -> list[Row]:
        """All compositions, the latest first, or the one of that number."""
        rows = self._ask(
            "SELECT * FROM compositions WHERE ?1 IS NULL OR id = ?1 ORDER BY id DESC", number
        )
        return [
            {**row, "request": json.loads(row["request"]), "facts": json.loads(row["facts"]),
             "kept": bool(row["kept"])}
            for row in rows
        ]  # fmt: skip

    def judge_composition(self, number: int, kept: bool | None, stars: int | None) -> bool:
        """Keep a composition or not, rate it; what is None stays. Whether there is such a one."""
        with self._change() as change:
            done = change.execute(
                "UPDATE compositions SET kept = coalesce(?, kept), stars = coalesce(?, stars) "
                "WHERE id = ?",
                (kept, stars, number),
            )
            return done.rowcount > 0

    def forget_composition(self, number: int) -> bool:
        """Take a composition out of the history; whether it was there."""
        with self._change() as change:
            return change.execute("DELETE FROM compositions WHERE id = ?", (number,)).rowcount > 0

    # Listening tests

    def add_test(
        self, test: str, token: str, title: str, labels: Sequence[str], items: Sequence[Row]
    ) -> None:
        """Take down a listening test and its items, each with piece, name, label and code."""
        with self._change() as change:
            change.execute(
                "INSERT INTO tests (id, token, title, made, labels) VALUES (?,?,?,?,?)",
                (test, token, title, time.time(), json.dumps(list(labels))),
            )
            change.executemany(
                "INSERT INTO items (test, number, piece, name, label, code) VALUES (?,?,?,?,?,?)",
                [
                    (test, number, item["piece"], item["name"], item["label"], item["code"])
                    for number, item in enumerate(items)
                ],
            )

    def tests(self) -> list[Row]:
        """All listening tests, the latest first, with how much each holds."""
        rows = self._ask(
            "SELECT t.*, (SELECT count(*) FROM items i WHERE i.test = t.id) AS pieces, "
            "(SELECT count(DISTINCT listener) FROM answers a WHERE a.test = t.id) AS listeners, "
            "(SELECT count(*) FROM answers a WHERE a.test = t.id) AS answers "
            "FROM tests t ORDER BY made DESC, rowid DESC"
        )
        return [{**row, "labels": json.loads(row["labels"]), "open": bool(row["open"])}
                for row in rows]  # fmt: skip

    def items(self, test: str) -> list[Row]:
        """The items of a test, in their order."""
        return self._ask("SELECT * FROM items WHERE test = ? ORDER BY number", test)

    def answers(self, test: str) -> list[Row]:
        """Every answer to a test with the item it is about."""
        return self._ask(
            "SELECT a.listener, a.number, a.label AS heard, a.at, i.label, i.piece, i.name "
            "FROM answers a JOIN items i ON i.test = a.test AND i.number = a.number "
            "WHERE a.test = ? ORDER BY a.at",
            test,
        )

    def answer(self, test: str, listener: str, number: int, label: str) -> None:
        """Take down one listener's answer about one item; a later one replaces it."""
        with self._change() as change:
            change.execute(
                "INSERT INTO answers (test, listener, number, label, at) VALUES (?,?,?,?,?) "
                "ON CONFLICT DO UPDATE SET label = excluded.label, at = excluded.at",
                (test, listener, number, label, time.time()),
            )

    def open_test(self, test: str, is_open: bool) -> bool:
        """Let listeners answer, or no more; whether there is such a test."""
        with self._change() as change:
            done = change.execute("UPDATE tests SET open = ? WHERE id = ?", (is_open, test))
            return done.rowcount > 0

    def delete_test(self, test: str) -> bool:
        """Delete a test with all its answers; whether it was there."""
        with self._change() as change:
            return change.execute("DELETE FROM tests WHERE id = ?", (test,)).rowcount > 0


def _loaded(text: str | None) -> Any:
    return None if text is None else json.loads(text)
