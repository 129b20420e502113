"""The journal: one SQLite file that remembers runs, jobs and items.

The crash table. Each step writes its intent, acts, and writes its result; each is safe to do again.

====================================  ==========  ====================================================
cut after                             it says     resume does
====================================  ==========  ====================================================
run recorded                          BUILDING    builds again from the inputs
build                                 BUILT       uploads
upload sent, answer lost              BUILT       uploads again; the orphan expires in 48 h
upload recorded                       UPLOADED    submits (older than an hour: uploads again)
intent to submit recorded             SUBMITTING  lists all jobs, adopts the one with our display name;
                                                  none: creates only when absence is certain
create sent, answer lost or unclear   SUBMITTING  as above; never a second POST before the list
job recorded                          SUBMITTED   polls
ended                                 ENDED       fetches
download cut                          ENDED       fetches again to a new temporary file
answers stored                        FETCHED     validates and saves again: same bytes, same names
reported                              DONE        nothing (FAILED, with its reason: nothing)
====================================  ==========  ====================================================

Every move is one transaction, and on the disk (synchronous=FULL) when the call returns. Items are
written in batches that are synced with the next move: they can be made again from the inputs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from processor.core.ids import RunId
from processor.core.state import State
from processor.effects.journal_figures import FigureTable
from processor.effects.journal_items import ItemTable
from processor.effects.journal_jobs import JOB_COLUMNS, JobTable
from processor.effects.journal_referred import ReferredTable
from processor.effects.journal_runs import RunTable
from processor.ports import JobRow


class SqliteJournal(RunTable, JobTable, ItemTable, ReferredTable, FigureTable):
    """The journal in a file; ``None`` makes one that lives only as long as the object."""

    def built(
        self,
        run: RunId,
        jobs: Sequence[JobRow],
        *,
        item_count: int,
        excluded: Sequence[str],
        estimate: Mapping[str, Any] | None = None,
    ) -> None:
        """Record that the request files are there: the run and its jobs are BUILT.

        The estimate is kept with the run's options.
        """
        row = self._run(run)
        number, options = row.number, {**row.options, "estimate": estimate}
        names = ", ".join(("run", *JOB_COLUMNS))
        marks = ", ".join("?" for _ in ("run", *JOB_COLUMNS))
        with self._transaction():
            self._db.execute("DELETE FROM jobs WHERE run = ?", (number,))
            self._db.executemany(
                f"INSERT INTO jobs ({names}) VALUES ({marks})",  # noqa: S608 - our own columns
                [(number, *(getattr(job, name) for name in JOB_COLUMNS)) for job in jobs],
            )
            self._db.execute(
                "UPDATE runs SET state = ?, item_count = ?, excluded = ?, options = ?"
                " WHERE number = ?",
                (
                    State.BUILT,
                    item_count,
                    json.dumps(list(excluded)),
                    json.dumps(options),
                    number,
                ),
            )

    def service(self) -> str | None:
        """The address this outputs folder belongs to, None before the first run."""
        with self._disk():
            row = self._db.execute("SELECT value FROM settings WHERE name = 'service'").fetchone()
        return row[0] if row else None

    def bind_service(self, address: str) -> None:
        """Give this outputs folder its one address."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO settings (name, value) VALUES ('service', ?) ON CONFLICT DO NOTHING",
                (address,),
            )
