"""The sandbox's memory on disk: an SQLite file with the facts, plain files with the bytes.

Every change is one transaction, and bytes are in place before the row that names them, so a
process that is killed at any instant finds a whole state again.

    STATE/sandbox.sqlite3    uploads, files, caches, jobs, how often each fault has been played
    STATE/uploads/<id>       bytes of uploads under way
    STATE/files/<id>         bytes of uploaded files
    STATE/jobs/<id>.requests what a job was asked: the uploaded file, or inline requests as lines
    STATE/jobs/<id>.results  what it answered
    STATE/log.jsonl          one record per call
"""

import dataclasses
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from sandbox.records import Job, Plan, StoredCache, StoredFile, Upload

_SCHEMA = """
CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS files (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, project TEXT NOT NULL,
    body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS caches (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, project TEXT NOT NULL,
    body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, project TEXT NOT NULL,
    body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS played (fault TEXT PRIMARY KEY, times INTEGER NOT NULL) STRICT;
"""


class Store:
    """Uploads, files and jobs of one sandbox. Safe to use from several threads."""

    def __init__(self, state: Path) -> None:
        for folder in ("uploads", "files", "jobs"):
            (state / folder).mkdir(parents=True, exist_ok=True)
        self.state = state
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            state / "sandbox.sqlite3", isolation_level=None, check_same_thread=False
        )
        # NORMAL outlives the process, not the machine, which is what a stand-in needs.
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """One transaction: nobody else reads or writes while it lasts."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def upload_path(self, upload_id: str) -> Path:
        """Where the bytes of an upload under way are."""
        return self.state / "uploads" / upload_id

    def file_path(self, name: str) -> Path:
        """Where the bytes of `files/x` are."""
        return self.state / "files" / name.removeprefix("files/")

    def requests_path(self, job_id: str) -> Path:
        """Where a job's request lines are."""
        return self.state / "jobs" / f"{job_id}.requests"

    def results_path(self, job_id: str) -> Path:
        """Where a job's answer lines are, once it is ready."""
        return self.state / "jobs" / f"{job_id}.results"

    def put_upload(self, upload: Upload) -> None:
        """Remember how far an upload has come."""
        body = orjson.dumps(dataclasses.asdict(upload)).decode()
        self._rows("INSERT OR REPLACE INTO uploads VALUES (?, ?)", upload.id, body)

    def upload(self, upload_id: str) -> Upload | None:
        """The upload of that id."""
        rows = self._rows("SELECT body FROM uploads WHERE id = ?", upload_id)
        return Upload(**orjson.loads(rows[0][0])) if rows else None

    def put_file(self, file: StoredFile) -> None:
        """Add a file whose bytes are in place."""
        body = orjson.dumps(dataclasses.asdict(file)).decode()
        self._rows(
            "INSERT INTO files (name, project, body) VALUES (?, ?, ?)",
            file.name,
            file.project,
            body,
        )

    def file(self, project: str, name: str, now: float) -> StoredFile | None:
        """A file of this project that has not expired."""
        rows = self._rows("SELECT body FROM files WHERE name = ? AND project = ?", name, project)
        file = StoredFile(**orjson.loads(rows[0][0])) if rows else None
        return file if file is not None and now < file.expires else None

    def files(
        self, project: str, now: float, *, below: int | None, limit: int
    ) -> list[tuple[int, StoredFile]]:
        """The project's files, newest first, numbered; those under number `below`."""
        rows = self._rows(
            "SELECT number, body FROM files WHERE project = ? AND number < ? ORDER BY number DESC",
            project,
            below if below is not None else 1 << 62,
        )
        found = ((number, StoredFile(**orjson.loads(body))) for number, body in rows)
        alive = [(number, file) for number, file in found if now < file.expires]
        return alive[:limit]

    def delete_file(self, name: str) -> None:
        """Forget a file and remove its bytes."""
        self._rows("DELETE FROM files WHERE name = ?", name)
        self.file_path(name).unlink(missing_ok=True)

    def put_cache(self, cache: StoredCache) -> None:
        """Add a cache."""
        body = orjson.dumps(dataclasses.asdict(cache)).decode()
        self._rows(
            "INSERT INTO caches (name, project, body) VALUES (?, ?, ?)",
            cache.name,
            cache.project,
            body,
        )

    def cache(self, project: str, name: str, now: float) -> StoredCache | None:
        """A cache of this project that has not expired."""
        rows = self._rows("SELECT body FROM caches WHERE name = ? AND project = ?", name, project)
        cache = StoredCache(**orjson.loads(rows[0][0])) if rows else None
        return cache if cache is not None and now < cache.expires else None

    def caches(
        self, project: str, now: float, *, below: int | None, limit: int
    ) -> list[tuple[int, StoredCache]]:
        """The project's caches, newest first, numbered; those under number `below`."""
        rows = self._rows(
            "SELECT number, body FROM caches WHERE project = ? AND number < ? ORDER BY number DESC",
            project,
            below if below is not None else 1 << 62,
        )
        found = ((number, StoredCache(**orjson.loads(body))) for number, body in rows)
        return [(number, cache) for number, cache in found if now < cache.expires][:limit]

    def change_cache(self, cache: StoredCache, **changes: Any) -> StoredCache:
        """Replace fields of a cache."""
        changed = dataclasses.replace(cache, **changes)
        body = orjson.dumps(dataclasses.asdict(changed)).decode()
        self._rows("UPDATE caches SET body = ? WHERE name = ?", body, cache.name)
        return changed

    def delete_cache(self, name: str) -> None:
        """Forget a cache."""
        self._rows("DELETE FROM caches WHERE name = ?", name)

    def add_job(self, job: Job) -> Job:
        """Add a job whose request lines are in place; it gets its number here."""
        with self.exclusive():
            self._rows(
                "INSERT INTO jobs (id, project, body) VALUES (?, ?, '')", job.id, job.project
            )
            number = int(self._rows("SELECT number FROM jobs WHERE id = ?", job.id)[0][0])
            job = dataclasses.replace(job, number=number)
            self._write_job(job)
        return job

    def change_job(self, job_id: str, **changes: Any) -> Job | None:
        """Replace fields of a job, in one transaction; None when it is gone."""
        with self.exclusive():
            job = self.job(job_id)
            if job is None:
                return None
            job = dataclasses.replace(job, **changes)
            self._write_job(job)
        return job

    def _write_job(self, job: Job) -> None:
        data = dataclasses.asdict(job) | {"plan": job.plan.as_json()}
        self._rows("UPDATE jobs SET body = ? WHERE id = ?", orjson.dumps(data).decode(), job.id)

    def job(self, job_id: str) -> Job | None:
        """The job of that id."""
        rows = self._rows("SELECT body FROM jobs WHERE id = ?", job_id)
        return _job(rows[0][0]) if rows else None

    def jobs(self, project: str | None = None, *, below: int | None = None) -> list[Job]:
        """Jobs, newest first: of one project or of all; those under number `below`."""
        rows = self._rows(
            "SELECT body FROM jobs WHERE (?1 IS NULL OR project = ?1) AND number < ?2 "
            "ORDER BY number DESC",
            project,
            below if below is not None else 1 << 62,
        )
        return [_job(body) for (body,) in rows]

    def delete_job(self, job_id: str) -> None:
        """Forget a job, its requests and its results."""
        self._rows("DELETE FROM jobs WHERE id = ?", job_id)
        self.requests_path(job_id).unlink(missing_ok=True)
        self.results_path(job_id).unlink(missing_ok=True)

    def played(self, fault: str) -> int:
        """How often a fault has been played, over all restarts."""
        rows = self._rows("SELECT times FROM played WHERE fault = ?", fault)
        return int(rows[0][0]) if rows else 0

    def play(self, fault: str) -> None:
        """Count one more play of a fault."""
        self._rows(
            "INSERT INTO played VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1", fault
        )


def _job(body: str) -> Job:
    data = orjson.loads(body)
    return Job(**(data | {"plan": Plan.from_json(data["plan"])}))
