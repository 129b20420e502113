"""submit: one upload and one create, or a clear word on why there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from processor.errors import DiskFailed, ServiceRefused, WrongUsage
from tests.bench import INTERVAL, NOTES, Bench, notes

BenchWith = Callable[..., Bench]


def test_submit_returns_at_once_with_the_job_made(bench: Bench) -> None:
    status = bench.processor().submit(str(NOTES), items=notes(3), run="r")
    assert bench.endpoints() == ["upload.start", "upload.finalize", "batches.create"]
    assert (status.state, status.items, status.collectable) == ("SUBMITTED", 3, False)
    (job,) = status.jobs
    assert job.name is not None
    assert job.name.startswith("batches/")
    assert bench.clock.waits == []


def test_upload_is_the_run_s_own_request_file_whose_type_is_known_by_its_name(bench: Bench) -> None:
    bench.submit()
    (start, finalize, _) = bench.calls()
    assert finalize["bytes_in"] == (bench.folder() / "requests.json").stat().st_size
    assert start["file"] == finalize["file"]


def test_wrong_key_is_refused_with_the_service_s_words(bench_with: BenchWith) -> None:
    bench = bench_with(accept_keys=["right"])
    with pytest.raises(ServiceRefused, match="API key not valid") as caught:
        bench.submit()
    assert caught.value.exit_code == 6
    assert bench.key not in str(caught.value)
    assert bench.clock.waits == []  # asking again with the same key changes nothing
    report = bench.processor(api_key="right").resume("r")
    assert report["counts"]["accepted"] == 3


def test_network_that_is_gone_before_a_job_exists_is_given_a_few_tries(
    bench_with: BenchWith,
) -> None:
    bench = bench_with()
    bench.sandbox.kill()
    with pytest.raises(ServiceRefused, match="no connection") as caught:
        bench.submit()
    assert caught.value.exit_code == 6
    assert "resume r" in caught.value.message
    assert 1 <= len(bench.clock.waits) <= 5
    assert set(bench.clock.waits) == {INTERVAL}
    bench.sandbox.start()
    report = bench.processor().resume("r")
    assert report["counts"]["accepted"] == 3
    assert bench.endpoints().count("batches.create") == 1


@pytest.mark.parametrize(
    "faults",
    [
        "503@upload.start*2",
        "reset@upload.finalize",
        "lost@upload.finalize",
        "429@batches.create*3",
        "429_retry_after=7@batches.create",
    ],
)
def test_trouble_that_passes_is_waited_out_at_the_fixed_interval(
    bench_with: BenchWith, faults: str
) -> None:
    bench = bench_with(faults=faults)
    assert bench.run()["counts"]["accepted"] == 3
    assert set(bench.clock.waits) == {INTERVAL}
    made = [c for c in bench.calls("batches.create") if c["status"] == 200]
    assert len(made) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "400 INVALID_ARGUMENT: Request contains an invalid argument"),
        (403, "403 PERMISSION_DENIED: The caller does not have permission"),
        (404, "404 NOT_FOUND: Requested entity was not found"),
    ],
)
def test_definite_no_to_create_is_told_and_nothing_is_made(
    bench_with: BenchWith, status: int, words: str
) -> None:
    bench = bench_with(faults=f"{status}@batches.create")
    with pytest.raises(ServiceRefused, match=words) as caught:
        bench.submit()
    assert caught.value.exit_code == 6
    assert "Nothing was paid" in caught.value.message
    assert bench.endpoints().count("batches.create") == 1
    assert (
        bench.processor().resume("r")["counts"]["accepted"] == 3
    )  # what was refused, was not made


def test_request_file_that_was_changed_is_not_sent(bench_with: BenchWith) -> None:
    bench = bench_with(faults="400@upload.start")
    with pytest.raises(ServiceRefused):
        bench.submit()
    path = bench.folder() / "requests.json"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"oak", b"ash"))
    before = len(bench.calls())
    with pytest.raises(DiskFailed, match=r"requests\.json was changed") as caught:
        bench.processor().resume("r")
    assert caught.value.exit_code == 7
    assert len(bench.calls()) == before


def test_run_of_a_name_that_is_taken_is_refused(bench: Bench) -> None:
    bench.submit()
    calls = len(bench.calls())
    with pytest.raises(WrongUsage, match="resume r"):
        bench.submit()
    assert len(bench.calls()) == calls


@pytest.mark.parametrize("name", ["a/b", "..", "", "x" * 65])
def test_name_that_is_no_run_id_is_refused(bench: Bench, name: str) -> None:
    with pytest.raises(WrongUsage, match="--run"):
        bench.submit(run=name)
    assert bench.calls() == []


def test_job_s_name_on_the_service_tells_the_run_and_the_request_file(bench: Bench) -> None:
    report = bench.run()
    (job,) = report["jobs"]
    assert "/r/" in job["display_name"]
    assert len(job["display_name"]) <= 512
    assert job["request_bytes"] == (bench.folder() / "requests.json").stat().st_size


def test_sandbox_outputs_and_paid_ones_never_share_a_folder(bench: Bench) -> None:
    bench.run()
    for other in ({"base_url": "http://127.0.0.1:9"}, {"sandbox": True, "base_url": None}):
        with pytest.raises(WrongUsage, match=bench.sandbox.url) as caught:
            bench.processor(**other).submit(str(NOTES), items=notes(1))
        assert caught.value.exit_code == 2


def test_dry_run_sends_nothing_and_leaves_nothing(bench: Bench) -> None:
    plan = bench.processor(api_key=None).plan(str(NOTES), items=notes(3))
    told = plan.as_json()
    assert (told["items"], told["jobs"], told["model"]) == (3, 1, "gemini-3.6-flash")
    assert told["size_bytes"] > 0
    assert bench.calls() == []
    assert not bench.outputs.exists()


def test_plan_tells_the_bytes_that_are_sent(bench: Bench) -> None:
    plan = bench.processor().plan(str(NOTES), items=notes(3))
    bench.submit(3)
    assert plan.as_json()["size_bytes"] == (bench.folder() / "requests.json").stat().st_size
