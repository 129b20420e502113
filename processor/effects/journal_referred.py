"""The journal's attachments, uploads and caches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from processor.core.attachment import Reference
from processor.core.ids import RunId
from processor.core.referred import AttachmentRow, CacheRow, CacheState, UploadRow
from processor.effects.journal_file import JournalFile

_SELECT_CACHES = (
    "SELECT runs.id, caches.state, display_name, name, expires_at, tokens FROM caches"
    " JOIN runs ON runs.number = caches.run "
)


class ReferredTable(JournalFile):
    """What requests refer to: each run's files and cache, and where on the service files lie.

    Uploads are the outputs folder's, not a run's: a file that is there already serves every run.
    """

    def add_attachments(self, run: RunId, rows: Sequence[AttachmentRow]) -> None:
        """Record files that requests of a run that is being built refer to."""
        number = self._number(run)
        with self._batch():
            self._db.executemany(
                "INSERT OR REPLACE INTO attachments (run, sha256, mime_type, path, size_bytes,"
                " item_id) VALUES (?, ?, ?, ?, ?, ?)",
                [(number, *one.reference, one.path, one.size_bytes, one.item_id) for one in rows],
            )

    def attachments(self, run: RunId) -> Mapping[Reference, AttachmentRow]:
        """The files that requests of a run refer to, or did before it was built again."""
        with self._disk():
            rows = self._db.execute(
                "SELECT sha256, mime_type, path, size_bytes, item_id FROM attachments"
                " JOIN runs ON runs.number = attachments.run WHERE runs.id = ?",
                (run,),
            ).fetchall()
        return {
            (row[0], row[1]): AttachmentRow(
                reference=(row[0], row[1]), path=row[2], size_bytes=row[3], item_id=row[4]
            )
            for row in rows
        }

    def save_upload(self, row: UploadRow) -> None:
        """Record where a file lies on the service, in place of where it lay before."""
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO uploads (sha256, mime_type, name, uri, expires_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (*row.reference, row.name, row.uri, row.expires_at.isoformat()),
            )

    def uploads(self) -> Mapping[Reference, UploadRow]:
        """Where files lie on the service, or lay before they expired."""
        with self._disk():
            rows = self._db.execute(
                "SELECT sha256, mime_type, name, uri, expires_at FROM uploads"
            ).fetchall()
        return {
            (row[0], row[1]): UploadRow(
                reference=(row[0], row[1]),
                name=row[2],
                uri=row[3],
                expires_at=datetime.fromisoformat(row[4]),
            )
            for row in rows
        }

    def forget_uploads(self, names: Sequence[str]) -> None:
        """Forget where files lay that are there no more."""
        with self._transaction():
            self._db.executemany("DELETE FROM uploads WHERE name = ?", [(name,) for name in names])

    def mark(self) -> str:
        """What tells this outputs folder from all others; made when it is first asked for."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO settings (name, value) VALUES ('mark', lower(hex(randomblob(6))))"
                " ON CONFLICT DO NOTHING"
            )
            row = self._db.execute("SELECT value FROM settings WHERE name = 'mark'").fetchone()
        return str(row[0])

    def save_cache(self, row: CacheRow) -> CacheRow:
        """Record where a run's cache stands."""
        expires = row.expires_at.isoformat() if row.expires_at else None
        number = self._number(row.run)
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO caches (run, state, display_name, name, expires_at, tokens)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (number, row.state, row.display_name, row.name, expires, row.tokens),
            )
        return row

    def cache(self, run: RunId) -> CacheRow | None:
        """A run's cache; None when it has none."""
        return next(iter(self._caches("WHERE runs.id = ?", (run,))), None)

    def caches(self) -> Sequence[CacheRow]:
        """The caches of all runs."""
        return tuple(self._caches("", ()))

    def _caches(self, where: str, values: tuple[object, ...]) -> Iterable[CacheRow]:
        with self._disk():
            rows = self._db.execute(
                _SELECT_CACHES + where,
                values,
            ).fetchall()
        for row in rows:
            yield CacheRow(
                run=RunId(row[0]),
                state=CacheState(row[1]),
                display_name=row[2],
                name=row[3],
                expires_at=datetime.fromisoformat(row[4]) if row[4] else None,
                tokens=row[5],
            )
