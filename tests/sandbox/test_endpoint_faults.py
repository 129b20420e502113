"""Each fault of an endpoint does what the table says, and the log says that it did."""

import http.client
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest
from google.genai import types

from sandbox.faults.table import ENDPOINT_FAULTS, ENDPOINTS
from sandbox.process import Sandbox
from tests.forked import running
from tests.sandbox.client import (
    MODEL,
    Reply,
    answers,
    call,
    create,
    ended,
    google,
    request_line,
    upload,
)

GONE = (
    ConnectionError,
    http.client.RemoteDisconnected,
    http.client.IncompleteRead,
    TimeoutError,
)
PATH = f"/v1beta/models/{MODEL}"


@dataclass(frozen=True)
class Expected:
    """`status` 0: the connection goes without an answer. `of_body`: the share that arrives."""

    status: int
    of_body: float | None = None
    header: tuple[str, str] | None = None
    body: bytes | None = None
    at_least_seconds: float = 0.0


# One after the other on the same endpoint: each is played once, then the next one's turn comes.
PLAYED: dict[str, Expected] = {
    "ok": Expected(200, of_body=1.0),
    "400": Expected(400),
    "403": Expected(403),
    "404": Expected(404),
    "408": Expected(408),
    "429": Expected(429),
    "429_retry_after=7": Expected(429, header=("retry-after", "7")),
    "500": Expected(500),
    "503": Expected(503),
    "504": Expected(504),
    "reset": Expected(0),
    "lost": Expected(0),
    "lost_503": Expected(503),
    "lost_empty": Expected(200, body=b""),
    "hang=0.2": Expected(0, at_least_seconds=0.2),
    "lost_hang=0.2": Expected(0, at_least_seconds=0.2),
    "delay=0.2": Expected(200, of_body=1.0, at_least_seconds=0.2),
    "html": Expected(502, header=("content-type", "text/html; charset=UTF-8")),
    "empty": Expected(200, body=b""),
    "garbage": Expected(200, body=b'{"name": "batches/'),
    "redirect=http://127.0.0.2:9": Expected(
        302, header=("location", f"http://127.0.0.2:9{PATH}?x=1")
    ),
    "redirect_same": Expected(302, header=("location", f"SAME{PATH}?x=1")),
    "cut": Expected(0),
    "cut_silent": Expected(200, of_body=0.5),
    "slow_body=0.3": Expected(200, of_body=1.0, at_least_seconds=0.25),
}
ELSEWHERE = {"short_results", "stranger", "unpaged_empty"}


@dataclass(frozen=True)
class Outcome:
    reply: Reply | None
    seconds: float


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[Sandbox, dict[str, Outcome]]]:
    faults = ",".join(f"{name}@models.get" for name in PLAYED)
    with running(faults=faults) as sandbox:
        outcomes = {}
        for name in PLAYED:
            started = time.monotonic()
            try:
                reply = call(sandbox, "GET", f"{PATH}?x=1")
            except GONE:
                reply = None
            outcomes[name] = Outcome(reply, time.monotonic() - started)
        yield sandbox, outcomes


def test_the_table_of_faults_is_played_in_full() -> None:
    assert {name.partition("=")[0] for name in PLAYED} | ELSEWHERE == {
        fault.name for fault in ENDPOINT_FAULTS
    }


@pytest.mark.parametrize("fault", PLAYED)
def test_plays(played: tuple[Sandbox, dict[str, Outcome]], fault: str) -> None:
    sandbox, outcomes = played
    expected, outcome = PLAYED[fault], outcomes[fault]
    assert expected.at_least_seconds <= outcome.seconds < expected.at_least_seconds + 9
    if outcome.reply is None:
        assert expected.status == 0
        return
    assert outcome.reply.status == expected.status
    if expected.header is not None:
        name, value = expected.header
        assert outcome.reply.headers[name] == value.replace("SAME", sandbox.url)
    if expected.body is not None:
        assert outcome.reply.body == expected.body
    if expected.of_body is not None:
        whole = len(call(sandbox, "GET", PATH).body)
        assert len(outcome.reply.body) == int(whole * expected.of_body)
    if fault.isdecimal():
        assert outcome.reply.json["error"]["code"] == int(fault)


def test_the_log_names_the_fault_of_each_call(
    played: tuple[Sandbox, dict[str, Outcome]],
) -> None:
    sandbox, _ = played
    records = [one for one in sandbox.log() if one["endpoint"] == "models.get"][: len(PLAYED)]
    assert [one["fault"] for one in records] == list(PLAYED)
    closed = {"reset", "lost", "hang=0.2", "lost_hang=0.2"}
    assert {one["fault"] for one in records if one["status"] == 0} == closed


# Whether a job was made, for each fault that leaves the client in doubt.
MAKES: dict[str, bool] = {
    "429": False, "503": False, "reset": False, "hang=0.05": False, "empty": False,
    "garbage": False, "html": False, "redirect=http://127.0.0.2:9": False,
    "lost": True, "lost_503": True, "lost_empty": True, "lost_hang=0.05": True, "cut": True,
}  # fmt: skip


def test_what_refuses_makes_no_job_and_what_is_lost_makes_one() -> None:
    faults = ",".join(f"{name}@batches.create" for name in MAKES)
    with running(faults=faults) as sandbox:
        file = upload(sandbox, request_line("a").encode())
        for fault in MAKES:
            try:
                create(sandbox, file, name=fault)
            except GONE:
                continue
        listed = call(sandbox, "GET", "/v1beta/batches?pageSize=100").json["operations"]
    made = {one["metadata"]["displayName"] for one in listed}
    assert made == {fault for fault, makes in MAKES.items() if makes}
    assert len(listed) == len(made)


def test_a_lost_answer_is_a_transport_error_for_google_genai() -> None:
    with (
        running(faults="lost@batches.create,reset@batches.get") as sandbox,
        google(sandbox) as client,
    ):
        file = upload(sandbox, request_line("a").encode())
        with pytest.raises(httpx2.TransportError):
            client.batches.create(model=MODEL, src=file, config={"display_name": "lost"})
        (job,) = client.batches.list(config={"page_size": 10})
        assert job.display_name == "lost"
        with pytest.raises(httpx2.TransportError):
            client.batches.get(name=job.name or "")
        assert client.batches.get(name=job.name or "").name == job.name


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_can_have_a_fault(
    everywhere: tuple[Sandbox, dict[str, int]], endpoint: str
) -> None:
    _, statuses = everywhere
    assert statuses[endpoint] == 503


@pytest.fixture(scope="module")
def everywhere() -> Iterator[tuple[Sandbox, dict[str, int]]]:
    faults = ",".join(f"503@{endpoint}" for endpoint in ENDPOINTS)
    chunk = "/upload/v1beta/files?upload_id=x"
    paths = {
        "upload.start": ("POST", "/upload/v1beta/files", "start"),
        "upload.chunk": ("POST", chunk, "upload"),
        "upload.finalize": ("POST", chunk, "upload, finalize"),
        "files.get": ("GET", "/v1beta/files/x", ""),
        "files.list": ("GET", "/v1beta/files", ""),
        "caches.create": ("POST", "/v1beta/cachedContents", ""),
        "caches.get": ("GET", "/v1beta/cachedContents/x", ""),
        "caches.list": ("GET", "/v1beta/cachedContents", ""),
        "caches.patch": ("PATCH", "/v1beta/cachedContents/x", ""),
        "caches.delete": ("DELETE", "/v1beta/cachedContents/x", ""),
        "files.delete": ("DELETE", "/v1beta/files/x", ""),
        "files.download": ("GET", "/v1beta/files/batch-x:download", ""),
        "batches.create": ("POST", f"{PATH}:batchGenerateContent", ""),
        "batches.get": ("GET", "/v1beta/batches/x", ""),
        "batches.list": ("GET", "/v1beta/batches", ""),
        "batches.cancel": ("POST", "/v1beta/batches/x:cancel", ""),
        "batches.delete": ("DELETE", "/v1beta/batches/x", ""),
        "countTokens": ("POST", f"{PATH}:countTokens", ""),
        "models.get": ("GET", PATH, ""),
        "models.list": ("GET", "/v1beta/models", ""),
    }
    with running(faults=faults) as sandbox:
        statuses = {
            endpoint: call(sandbox, method, path, X_Goog_Upload_Command=command).status
            for endpoint, (method, path, command) in paths.items()
        }
        again = {call(sandbox, *paths[endpoint][:2]).status for endpoint in ("batches.list",)}
        assert again == {200}
        yield sandbox, statuses


def test_counts_are_kept_over_restarts_and_all_never_ends() -> None:
    with running(faults="503@batches.list*3,500@files.list*all") as sandbox:
        codes = [call(sandbox, "GET", "/v1beta/batches").status for _ in range(2)]
        sandbox.restart()
        codes += [call(sandbox, "GET", "/v1beta/batches").status for _ in range(2)]
        assert codes == [503, 503, 503, 200]
        assert {call(sandbox, "GET", "/v1beta/files").status for _ in range(5)} == {500}


def test_a_fault_without_an_endpoint_takes_the_next_call_of_any() -> None:
    with running(faults="ok,429") as sandbox:
        assert call(sandbox, "GET", "/v1beta/files").status == 200
        assert call(sandbox, "GET", "/v1beta/batches").status == 429
        assert call(sandbox, "GET", "/v1beta/batches").status == 200


def test_an_upload_whose_end_is_lost_leaves_an_orphan() -> None:
    with running(faults="lost@upload.finalize") as sandbox:
        with pytest.raises(GONE):
            upload(sandbox, b"{}")
        assert len(call(sandbox, "GET", "/v1beta/files").json["files"]) == 1


def test_a_chunk_refused_by_503_is_sent_again_by_google_genai() -> None:
    with running(faults="503@upload.finalize") as sandbox:
        before = time.monotonic()
        with google(sandbox) as client:
            file = client.files.upload(file=io.BytesIO(b"{}"), config={"mime_type": "text/plain"})
        assert file.name is not None
        assert time.monotonic() - before >= 1.0


def test_a_download_that_is_cut_is_noticed_and_one_cut_silently_is_not() -> None:
    lines = [request_line(f"k{n}") for n in range(50)]
    with running(
        faults="cut@files.download,cut_silent@files.download", job_seconds=0.05
    ) as sandbox:
        job = create(sandbox, lines).json["name"]
        results = ended(sandbox, job)["response"]["responsesFile"]
        with google(sandbox) as client:
            with pytest.raises(httpx2.TransportError):
                client.files.download(file=results)
            half = client.files.download(file=results)
            whole = client.files.download(file=results)
    assert isinstance(half, bytes)
    assert isinstance(whole, bytes)
    assert half == whole[: len(whole) // 2]


def test_short_results_lack_whole_lines_the_first_times() -> None:
    lines = [request_line(f"k{n}") for n in range(30)]
    with running(faults="short_results@files.download*2", job_seconds=0.05) as sandbox:
        job = create(sandbox, lines).json["name"]
        results = ended(sandbox, job)["response"]["responsesFile"]
        path = f"/v1beta/{results}:download?alt=media"
        bodies = [call(sandbox, "GET", path).body for _ in range(3)]
    counts = [body.count(b"\n") for body in bodies]
    assert counts[0] == counts[1] < counts[2] == 30
    assert bodies[2].startswith(bodies[0])
    assert bodies[0].endswith(b"\n")


def test_a_stranger_in_the_list_is_too_much_for_google_genai() -> None:
    with running(faults="stranger@batches.list*2") as sandbox:
        job = create(sandbox, [request_line("a")]).json["name"]
        with google(sandbox) as client, pytest.raises(ValueError, match="details"):
            list(client.batches.list(config={"page_size": 10}))
        names = [one["name"] for one in call(sandbox, "GET", "/v1beta/batches").json["operations"]]
    assert job in names
    assert len(names) == 2


def test_a_list_without_page_size_may_be_empty() -> None:
    with running(faults="unpaged_empty@batches.list*all") as sandbox:
        create(sandbox, [request_line("a")])
        assert call(sandbox, "GET", "/v1beta/batches").json == {}
        assert len(call(sandbox, "GET", "/v1beta/batches?pageSize=1").json["operations"]) == 1


def test_a_redirect_leads_to_the_other_origin() -> None:
    seen: list[str] = []

    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_request(self, code: object = "-", size: object = "-") -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    Thread(target=server.serve_forever, daemon=True).start()
    other = f"http://127.0.0.1:{server.server_port}"
    try:
        with (
            running(faults=f"redirect={other}@batches.create") as sandbox,
            google(sandbox) as client,
        ):
            file = upload(sandbox, request_line("a").encode())
            client.batches.create(model=MODEL, src=file)
    finally:
        server.shutdown()
        server.server_close()
    assert seen == [f"{PATH}:batchGenerateContent"]


def test_redirected_to_the_same_address_google_genai_arrives() -> None:
    with running(faults="redirect_same@batches.create", job_seconds=0.05) as sandbox:
        with google(sandbox) as client:
            file = upload(sandbox, request_line("a").encode())
            job = client.batches.create(model=MODEL, src=file)
        assert job.state == types.JobState.JOB_STATE_PENDING
        assert len(answers(sandbox, [request_line("b")])) == 1
