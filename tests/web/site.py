"""A web site on the loopback interface: pages good and bad, over a real socket, with a log of its own."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DRIP_SECONDS = 0.05


def article(number: int | str, *, charset: str = "utf-8", declared: str = "") -> bytes:
    """A page with menus around an article."""
    return f"""<!doctype html><html><head>{declared}<title>Story {number} - The Daily</title></head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Story {number}: Küçük şirket büyüdü</h1>
<p>The steel maker Oberhütte {number} said on Monday that it will raise the prices of heavy plate by four
per cent from January, citing the higher costs of energy and of ore.</p>
<p>Analysts had expected a rise of two per cent. Shares rose in early trade.</p></article>
<footer>Imprint, privacy, all rights reserved</footer></body></html>""".encode(charset, "replace")


class Handler(BaseHTTPRequestHandler):
    """Answers by the site's table."""

    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        with self.server.counting:
            self.server.log.append((self.path, dict(self.headers.items())))
        answer = self.server.answers.get(self.path)
        if answer is None:
            self.send(404, b"<p>no such page</p>")
        else:
            answer(self)

    def send(
        self,
        status: int,
        body: bytes,
        content_type: str | None = "text/html; charset=utf-8",
        **headers: str,
    ) -> None:
        """A whole answer."""
        self.send_response(status)
        if content_type is not None:
            self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Nothing: the log is the site's."""


Answer = Callable[[Handler], None]


class Site(ThreadingHTTPServer):
    """The site.

    Attributes:
        answers: what is answered, by path.
        log: path and headers of every request, in the order in which they came.
        gate: while it is closed, the answers of ``held`` wait.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.log: list[tuple[str, dict[str, str]]] = []
        self.counting = threading.Lock()
        self.gate = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, path: str, host: str = "localhost") -> str:
        """The address of ``path``."""
        return f"http://{host}:{self.port}{path}"

    def counts(self) -> Counter[str]:
        """How often each path was asked for."""
        with self.counting:
            return Counter(path for path, _ in self.log)

    def stories(self, *numbers: int, html: bool = False) -> list[str]:
        """Addresses of good pages, of plain text: HTML costs the start of a reader."""
        for number in numbers:
            self.answers[f"/{number}.html"] = page(article(number)) if html else story(number)
        return [self.url(f"/{number}.html") for number in numbers]

    def held(self, *numbers: int) -> list[str]:
        """Addresses of good pages that come when the gate is opened."""
        for number in numbers:
            self.answers[f"/{number}.html"] = _held(story(number))
        return [self.url(f"/{number}.html") for number in numbers]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what is tested."""


@contextmanager
def serving() -> Iterator[Site]:
    """A site that serves within the block."""
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.gate.set()
            site.shutdown()
            thread.join()


def page(
    body: bytes, content_type: str | None = "text/html; charset=utf-8", **headers: str
) -> Answer:
    """An answer 200 with this body."""
    return lambda handler: handler.send(200, body, content_type, **headers)


def story(number: int | str) -> Answer:
    """A page of plain text."""
    text = f"Oberhütte {number} raises the prices of heavy plate by four per cent."
    return page(text.encode(), "text/plain; charset=utf-8")


def status(code: int) -> Answer:
    """An answer with this status, and an article that does not count."""
    return lambda handler: handler.send(code, article(code))


def redirect(location: str, code: int = 302) -> Answer:
    """A redirect."""
    return lambda handler: handler.send(code, b"", Location=location)


def packed(body: bytes) -> Answer:
    """An answer packed with gzip."""
    return page(gzip.compress(body), Content_Encoding="gzip")


def endless() -> Answer:
    """A page without an end, as fast as it goes."""

    def answer(handler: Handler) -> None:
        _head(handler)
        while True:
            handler.wfile.write(b"<p>more and more and more</p>" * 1000)

    return answer


def dripping_body() -> Answer:
    """A body, byte by byte: every single read succeeds."""

    def answer(handler: Handler) -> None:
        _head(handler)
        while True:
            handler.wfile.write(b"x")
            time.sleep(DRIP_SECONDS)

    return answer


def dripping_head() -> Answer:
    """A header without an end, byte by byte."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            handler.wfile.write(b"x")
            time.sleep(DRIP_SECONDS)

    return answer


def reset() -> Answer:
    """The connection is torn down."""

    def answer(handler: Handler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        handler.connection.close()

    return answer


def raw(content: bytes) -> Answer:
    """These bytes, and the end of the connection."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    return answer


def _held(inner: Answer) -> Answer:
    def answer(handler: Handler) -> None:
        handler.server.gate.wait(60)
        inner(handler)

    return answer


def _head(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Return when it is so; it must be, some day."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
