"""Which calls and which jobs a fault falls on."""

from sandbox.faults.grammar import ALL, Spec, parse_faults
from sandbox.faults.table import Kind
from sandbox.store import Store


class Faults:
    """The faults of one sandbox, with their counts kept in the store over restarts."""

    def __init__(self, text: str, store: Store) -> None:
        specs = parse_faults(text)
        self._store = store
        self._endpoint = tuple(spec for spec in specs if spec.kind is Kind.ENDPOINT)
        self._job = tuple(spec for spec in specs if spec.kind is Kind.JOB)
        self.rows = tuple(spec for spec in specs if spec.kind is Kind.ROW)

    def for_call(self, endpoint: str) -> Spec | None:
        """The fault that this call plays, which is counted; the first that is not used up."""
        if not self._endpoint:
            return None
        with self._store.exclusive():
            for number, spec in enumerate(self._endpoint):
                if spec.place not in ("", endpoint):
                    continue
                if self._has_turn(number, spec):
                    return spec
        return None

    def for_job(self, display_name: str) -> tuple[str, ...]:
        """The faults of a job that is being made, which are counted.

        Belongs into the transaction that adds the job, so that a job that is refused uses up none.
        """
        return tuple(
            spec.label
            for number, spec in enumerate(self._job)
            if spec.place in display_name and self._has_turn(number, spec)
        )

    def _has_turn(self, number: int, spec: Spec) -> bool:
        """Whether the fault is not used up; if so, this is one more play of it."""
        if spec.count == ALL:
            return True
        played = f"{spec.kind} {number} {spec.label}@{spec.place}*{spec.count}"
        if self._store.played(played) >= spec.count:
            return False
        self._store.play(played)
        return True
