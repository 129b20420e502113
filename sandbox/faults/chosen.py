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
                if spec.count == ALL:
                    return spec
                played = f"{number} {spec.label}@{spec.place}*{spec.count}"
                if self._store.played(played) < spec.count:
                    self._store.play(played)
                    return spec
        return None

    def for_job(self, number: int) -> tuple[str, ...]:
        """The faults of the job that is the `number`-th made here, from 0."""
        return tuple(spec.label for spec in self._job if spec.count == ALL or number < spec.count)
