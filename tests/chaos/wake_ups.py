"""Keeps the event loop's own wake-ups out of the calls that are counted and failed.

A thread that has finished wakes the loop through a pair of sockets: two calls for each question to
the database, which leave the process nowhere. They go by sendmsg and recvmsg here, and what is
left of sendto and recvfrom is the network's.
"""

import asyncio
import socket
from typing import Any


class _Pipe(socket.socket):
    """One end of the pair."""

    def send(self, data: Any, flags: int = 0) -> int:
        return self.sendmsg([data], [], flags)

    def recv(self, size: int, flags: int = 0) -> bytes:
        return self.recvmsg(size, 0, flags)[0]


class _Loop(asyncio.SelectorEventLoop):
    """The usual loop with such a pair; it is made once, while the loop is."""

    def _make_self_pipe(self) -> None:
        loop: Any = self
        loop._ssock, loop._csock = (_Pipe(fileno=end.detach()) for end in socket.socketpair())
        for end in (loop._ssock, loop._csock):
            end.settimeout(0)
        loop._internal_fds += 1
        loop._add_reader(loop._ssock.fileno(), loop._read_from_self)


class _Policy(asyncio.DefaultEventLoopPolicy):
    """Gives every thread that asks a loop of this kind."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return _Loop()


def set_apart() -> None:
    """Let the loops that are made from now on wake up this way."""
    asyncio.set_event_loop_policy(_Policy())
