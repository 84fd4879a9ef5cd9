"""Where the daemon listens: an address that is taken is a sentence, never a traceback."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

Listener = TypeVar("Listener")


class SocketTaken(Exception):
    """Another daemon answers at the control socket; its state directory is another one."""


class PortTaken(Exception):
    """The HTTP address cannot be had."""


async def require_free_socket(path: Path) -> None:
    """Raise SocketTaken where somebody answers at the path; a dead socket is nobody."""
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        return
    writer.close()
    await writer.wait_closed()
    raise SocketTaken(f"another sage-execd answers at {path}: give paths.socket one path a daemon")


async def port_or_sentence(
    listening: Awaitable[Listener], host: str, port: int, group: str = "http"
) -> Listener:
    """Await what listens; raise PortTaken where the address of a settings group cannot be had."""
    try:
        return await listening
    except OSError as error:
        raise PortTaken(f"{group}.host {host}, {group}.port {port}: {error.strerror}") from error
