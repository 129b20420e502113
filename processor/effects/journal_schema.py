"""The journal's tables, and the way from one version to the next."""

from __future__ import annotations

import sqlite3

from processor.errors import DiskFailed

VERSION = 4

_V1 = """
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL CONSTRAINT run_ids_are_unique UNIQUE,
    task TEXT NOT NULL,
    model TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT run_state_is_known
        CHECK (state IN ('BUILDING', 'BUILT', 'DONE', 'FAILED')),
    reason TEXT,
    created_at TEXT NOT NULL,
    ended_at TEXT,
    item_count INTEGER NOT NULL DEFAULT 0,
    options TEXT NOT NULL,
    excluded TEXT NOT NULL DEFAULT '[]',
    result TEXT,
    CONSTRAINT only_ended_runs_have_an_end
        CHECK ((state IN ('DONE', 'FAILED')) = (ended_at IS NOT NULL))
);

CREATE TABLE jobs (
    run INTEGER NOT NULL CONSTRAINT jobs_belong_to_a_run REFERENCES runs (number) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    state TEXT NOT NULL CONSTRAINT job_state_is_known CHECK (state IN
        ('BUILT', 'UPLOADED', 'SUBMITTING', 'SUBMITTED', 'ENDED', 'FETCHED', 'FAILED')),
    first_position INTEGER NOT NULL,
    item_count INTEGER NOT NULL,
    request_file TEXT NOT NULL,
    request_bytes INTEGER NOT NULL,
    request_digest TEXT NOT NULL,
    display_name TEXT NOT NULL CONSTRAINT display_names_are_unique UNIQUE,
    upload_name TEXT,
    uploaded_at TEXT,
    name TEXT CONSTRAINT job_names_are_unique UNIQUE,
    unclear INTEGER NOT NULL DEFAULT 0,
    submitted_at TEXT,
    service_state TEXT,
    answered INTEGER,
    error TEXT,
    answers_file TEXT,
    PRIMARY KEY (run, number),
    CONSTRAINT a_submitted_job_has_a_name
        CHECK (state NOT IN ('SUBMITTED', 'ENDED', 'FETCHED') OR name IS NOT NULL),
    CONSTRAINT a_submitting_job_has_an_upload
        CHECK (state NOT IN ('UPLOADED', 'SUBMITTING') OR upload_name IS NOT NULL)
);

CREATE TABLE items (
    run INTEGER NOT NULL CONSTRAINT items_belong_to_a_run REFERENCES runs (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    item_id TEXT NOT NULL,
    input_sha256 BLOB NOT NULL,
    request_sha256 BLOB NOT NULL,
    outcome TEXT NOT NULL DEFAULT 'pending' CONSTRAINT outcome_is_known
        CHECK (outcome IN ('accepted', 'rejected', 'failed', 'reused', 'pending')),
    PRIMARY KEY (run, position),
    CONSTRAINT item_ids_are_unique_in_a_run UNIQUE (run, item_id)
) WITHOUT ROWID;
"""

_V2 = """
ALTER TABLE runs ADD COLUMN retry_of INTEGER
    CONSTRAINT retries_belong_to_a_run REFERENCES runs (number) ON DELETE SET NULL;

ALTER TABLE jobs ADD COLUMN request_count INTEGER NOT NULL DEFAULT 0;

UPDATE jobs SET request_count = item_count;

ALTER TABLE items ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;

ALTER TABLE items ADD COLUMN envelope_at INTEGER;

CREATE INDEX items_accepted_by_request ON items (request_sha256)
    WHERE outcome IN ('accepted', 'reused');
"""

_V3 = """
ALTER TABLE jobs ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;

ALTER TABLE jobs ADD COLUMN ended_at TEXT;
"""

_V4 = """
ALTER TABLE jobs ADD COLUMN unbound_digest TEXT;

CREATE TABLE attachments (
    run INTEGER NOT NULL CONSTRAINT attachments_belong_to_a_run
        REFERENCES runs (number) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    path TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    item_id TEXT NOT NULL,
    PRIMARY KEY (run, sha256, mime_type)
) WITHOUT ROWID;

CREATE TABLE uploads (
    sha256 TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    name TEXT NOT NULL,
    uri TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (sha256, mime_type)
) WITHOUT ROWID;

CREATE TABLE caches (
    run INTEGER PRIMARY KEY CONSTRAINT caches_belong_to_a_run
        REFERENCES runs (number) ON DELETE CASCADE,
    state TEXT NOT NULL CONSTRAINT cache_state_is_known
        CHECK (state IN ('CREATING', 'READY', 'DELETED')),
    display_name TEXT NOT NULL CONSTRAINT cache_names_are_unique UNIQUE,
    name TEXT,
    expires_at TEXT,
    tokens INTEGER,
    CONSTRAINT a_ready_cache_has_a_name
        CHECK (state <> 'READY' OR (name IS NOT NULL AND expires_at IS NOT NULL))
);
"""

_STEPS = (_V1, _V2, _V3, _V4)


def prepare(connection: sqlite3.Connection, origin: str) -> None:
    """Bring an empty or older journal to this version, in one transaction a step.

    Raises:
        DiskFailed: it was written by a newer version; nothing is changed then.
    """
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise DiskFailed(
            f"{origin} was written by a newer truebatch (journal version {found}, this one knows "
            f"{VERSION}). Use that one, or another --outputs folder."
        )
    for version in range(found, VERSION):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have done it while we waited for the lock.
            if connection.execute("PRAGMA user_version").fetchone()[0] == version:
                for statement in _STEPS[version].split(";\n\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
