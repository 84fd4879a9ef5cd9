"""A daemon of few words: answers what a test tells it to, over a real unix socket."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from daemon.cli.main import main


@dataclass(slots=True)
class TinyDaemon:
    """One answer for everything, and what it was asked."""

    socket: Path
    status: int = 200
    content: bytes = b"{}"
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def says(self, value: object, status: int = 200) -> None:
        self.status, self.content = status, json.dumps(value, ensure_ascii=False).encode()

    def run(self, *words: str, typed: str | None = None) -> Result:
        """Run one verb of the command line against it; `typed` is what its user types."""
        return CliRunner().invoke(main, [*words, "--socket", str(self.socket)], input=typed)


@pytest.fixture
def tiny_daemon(tmp_path: Path) -> Iterator[TinyDaemon]:
    tiny = TinyDaemon(tmp_path / "tiny.sock")

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            tiny.asked.append((self.command, self.path, json.loads(sent) if sent else None))
            self.send_response(tiny.status)
            self.send_header("Content-Length", str(len(tiny.content)))
            self.end_headers()
            self.wfile.write(tiny.content)

        do_GET = do_POST = answer  # noqa: N815 - the names that the server calls

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with UnixStreamServer(str(tiny.socket), Handler) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield tiny
        server.shutdown()
        serving.join()
