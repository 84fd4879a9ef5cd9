"""A real Prometheus and a real Alertmanager with the files of deploy/, in a hurry."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from tests.deploy.prometheus_files import DEPLOY, PROMETHEUS, tool

CORP_ID, SECRET = "ww0123456789", "wecom-secret"
HURRY = "1s"


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Observers:
    """Where Prometheus answers."""

    address: str

    async def query(self, expression: str) -> list[Any]:
        """Return the series that answer an expression now."""
        async with (
            aiohttp.ClientSession(self.address) as session,
            session.get("/api/v1/query", params={"query": expression}) as answer,
        ):
            content = json.loads(await answer.read())
        assert content["status"] == "success", content
        found: list[Any] = content["data"]["result"]
        return found


@asynccontextmanager
async def observers(folder: Path, daemon_port: int, wecom: str) -> AsyncIterator[Observers]:
    """Run both on free ports; they watch the daemon and tell the application at `wecom`."""
    prometheus, alertmanager = free_port(), free_port()
    watching = _watching(folder, daemon_port, alertmanager)
    telling = _telling(folder, wecom)
    verbs = (
        [
            tool("prometheus"),
            f"--config.file={watching}",
            f"--web.listen-address=127.0.0.1:{prometheus}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
        ],
        [
            tool("prometheus-alertmanager"),
            f"--config.file={telling}",
            f"--web.listen-address=127.0.0.1:{alertmanager}",
            "--cluster.listen-address=",
            f"--storage.path={folder / 'alertmanager'}",
        ],
    )
    started = []
    try:
        for verb in verbs:
            with (folder / f"{Path(verb[0]).name}.log").open("wb") as log:
                started.append(await asyncio.create_subprocess_exec(*verb, stdout=log, stderr=log))
        yield Observers(f"http://127.0.0.1:{prometheus}")
    finally:
        for process in started:
            process.terminate()
            await process.wait()


def _watching(folder: Path, daemon_port: int, alertmanager: int) -> Path:
    """Write the shipped prometheus.yml with other addresses and a second for a quarter minute."""
    content = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    content["global"] = {"scrape_interval": HURRY, "evaluation_interval": HURRY}
    content["rule_files"] = [str(PROMETHEUS / "rules" / "*.rules.yml")]
    content["alerting"]["alertmanagers"] = [
        {"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}
    ]
    content["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{daemon_port}"]}]
    return _written(folder / "prometheus.yml", content)


def _telling(folder: Path, wecom: str) -> Path:
    """Write the shipped alertmanager.yml with the double's address and no patience."""
    shipped = DEPLOY / "alertmanager"
    content = yaml.safe_load((shipped / "alertmanager.yml").read_text(encoding="utf-8"))
    content["global"] |= {
        "wechat_api_url": wecom,
        "wechat_api_secret": SECRET,
        "wechat_api_corp_id": CORP_ID,
    }
    content["templates"] = [str(shipped / "wecom.tmpl")]
    for route in (content["route"], *content["route"]["routes"]):
        route["group_wait"] = "0s"
        route["group_interval"] = HURRY
    return _written(folder / "alertmanager.yml", content)


def _written(path: Path, content: Any) -> Path:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path
