"""A service under load: 50 clients read a run of 100,000 items while another as large is submitted.

    python benchmarks/service.py [--items 100000] [--clients 50] [--seconds 30]

The clients are a process of their own, on raw sockets. Each reads the status four times out of five, and a
page of results at a random place else, in two ways: one request after another without a pause, and ten a
second each, which is what a page that watches does. Then the service is killed in the middle of the second
run, started again, and the run's end is held against its items.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOTES = ROOT / "tests" / "processor" / "tasks" / "notes"
PAGE = 20


def main() -> None:
    """Make the large run, load the service, kill it, and say what came of it."""
    options = argparse.ArgumentParser()
    options.add_argument("--items", type=int, default=100_000)
    options.add_argument("--clients", type=int, default=50)
    options.add_argument("--seconds", type=float, default=30.0)
    options.add_argument("--load", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.load:
        print(json.dumps(asyncio.run(Load(**json.loads(given.load)).run())))
        return
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), given)


def _measure(folder: Path, given: argparse.Namespace) -> None:
    tasks = folder / "config" / "truebatch" / "tasks"
    shutil.copytree(NOTES, tasks / "notes")
    service = Service(folder)
    service.start()
    _say("large run", _finish(service, _upload(service, folder, given.items, "first")))
    idle = service.memory()
    plain: dict[str, Any] = {"url": service.url, "run": "first", "clients": given.clients}
    for way, pause in (("flat out", 0.0), ("ten a second each", 0.1)):
        for beside in ("alone", "while another is submitted"):
            name = f"{way[:4].strip()}-{beside[:5].strip()}"
            if beside != "alone":
                _upload(service, folder, given.items, name)
            load = {**plain, "seconds": given.seconds, "pause": pause}
            before = service.cpu()
            done = subprocess.run(
                [sys.executable, __file__, "--load", json.dumps(load)],
                check=True,
                capture_output=True,
            )
            figures = json.loads(done.stdout)
            figures["server_cpu_ms_a_request"] = round(
                1000 * (service.cpu() - before) / max(1, figures["requests"]), 2
            )
            _say(f"{way}, {beside}", figures)
            if beside != "alone":
                _say(name, _finish(service, name))
    _say("memory, MB", {"idle": idle, "after": service.memory()})
    _upload(service, folder, given.items, "killed")
    time.sleep(2)
    service.kill()
    service.start()
    _say("killed and started again", _finish(service, "killed"))
    service.stop()


class Service:
    """``truebatch serve`` with the sandbox, on a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = ""

    def start(self) -> None:
        """Start it, and wait until it serves."""
        command = [sys.executable, "-m", "processor", "serve", "--port", "0", "--json", "--sandbox",
                   "--faults", "none", "--poll-interval", "1", "--outputs",
                   str(self._folder / "o")]  # fmt: skip
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "XDG_CONFIG_HOME": str(self._folder / "config"),
        }
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()

    def memory(self) -> int:
        """Resident megabytes of the process that answers."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) // 1024

    def cpu(self) -> float:
        """CPU seconds of the process that answers."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _upload(service: Service, folder: Path, count: int, name: str) -> str:
    path = folder / "items.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_items(count, name))
    with path.open("rb") as body:
        request = urllib.request.Request(
            f"{service.url}/runs/upload?task=notes&run={name}",
            body,
            {"Content-Type": "application/x-ndjson", "Content-Length": str(path.stat().st_size)},
        )
        with urllib.request.urlopen(request) as answer:
            run: str = json.load(answer)["run"]
    return run


def _items(count: int, salt: str) -> Iterator[str]:
    for number in range(count):
        text = f"In 1950 the weir at Oberlauf {number} was rebuilt with oak and basalt ({salt})."
        yield json.dumps({"note_id": f"n{number}", "title": f"Note {number}", "text": text}) + "\n"


def _finish(service: Service, run: str) -> dict[str, Any]:
    begun = time.monotonic()
    while True:
        with urllib.request.urlopen(f"{service.url}/runs/{run}") as answer:
            status = json.load(answer)
        if status["state"] in ("DONE", "FAILED"):
            return {"state": status["state"], "counts": status["counts"],
                    "seconds": round(time.monotonic() - begun, 1)}  # fmt: skip
        time.sleep(1)


class Load:
    """Clients that read, in a process of their own."""

    def __init__(self, url: str, run: str, clients: int, seconds: float, pause: float) -> None:
        self._host, self._port = url.removeprefix("http://").split(":")
        self._run, self._clients, self._seconds, self._pause = run, clients, seconds, pause
        self._took: dict[str, list[float]] = {"status": [], "results": []}
        self._wrong = 0

    async def run(self) -> dict[str, Any]:
        """The figures, in milliseconds."""
        until = time.monotonic() + self._seconds
        await asyncio.gather(*(self._client(until) for _ in range(self._clients)))
        total = sum(map(len, self._took.values()))
        figures: dict[str, Any] = {"requests": total, "a_second": round(total / self._seconds)}
        for kind, took in self._took.items():
            took.sort()
            for share in (50, 95, 99):
                place = min(len(took) - 1, len(took) * share // 100)
                figures[f"{kind}_p{share}"] = round(1000 * took[place], 1)
        client = resource.getrusage(resource.RUSAGE_SELF)
        return {**figures, "errors": self._wrong, "client_cpu": round(client.ru_utime, 1)}

    async def _client(self, until: float) -> None:
        reader, writer = await asyncio.open_connection(self._host, int(self._port))
        chance = random.Random()
        cursors = [""]
        while time.monotonic() < until:
            kind = "status" if chance.random() < 0.8 else "results"
            path = f"/runs/{self._run}"
            if kind == "results":
                path += f"/results?limit={PAGE}{chance.choice(cursors)}"
            begun = time.monotonic()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(size)
            self._took[kind].append(time.monotonic() - begun)
            self._wrong += not head.startswith(b"HTTP/1.1 200")
            if kind == "results" and (after := json.loads(body)["next_cursor"]):
                cursors = [*cursors[-50:], f"&cursor={after}"]
            await asyncio.sleep(self._pause)
        writer.close()


def _say(what: str, figures: object) -> None:
    print(f"{what}: {json.dumps(figures)}", flush=True)


if __name__ == "__main__":
    main()
