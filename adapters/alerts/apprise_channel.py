"""Whatever apprise can reach: a further channel, never the one a P0 depends on.

Its yes is the HTTP status of somebody's server (libraries-and-recipes.md finding 5), so it is not
believed. The library is an optional extra and imported only where an address is configured.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread

from adapters.alerts.channel import Answer, Delivered, Message, Traits, TryLater

TEXT_BYTES_MAX = 2000
MESSAGES_AT_ONCE = 5


class AddressUnusable(ValueError):
    """The library, or an address in it, cannot be used; the sentence names no address."""


class AppriseChannel:
    """Implements adapters.alerts.channel.Channel."""

    traits = Traits("apprise", TEXT_BYTES_MAX, is_believed=False)

    def __init__(self, addresses: Sequence[str]) -> None:
        try:
            from apprise import Apprise  # noqa: PLC0415 - an optional extra, and slow to import
        except ImportError as error:
            raise AddressUnusable("install sage-execd with the extra `channels`") from error
        self._apprise = Apprise()
        self._is_busy = False
        for number, address in enumerate(addresses, 1):
            if not self._apprise.add(address):
                raise AddressUnusable(f"apprise does not understand address {number}")

    def room(self) -> int:
        """Return how many messages one look may hand over: each may take seconds."""
        return MESSAGES_AT_ONCE

    async def send(self, message: Message) -> Answer:
        """Hand one message to every address, on a thread of its own.

        The library cannot be stopped: while an address hangs, nothing else is handed over, and the
        thread ends with the process.
        """
        if self._is_busy:
            return TryLater(0, "an address has not answered the message before")
        taken = await self._on_a_thread(message)
        return Delivered() if taken else TryLater(0, "an address did not take it")

    async def close(self) -> None:
        """Nothing stays open."""

    def _on_a_thread(self, message: Message) -> asyncio.Future[bool]:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[bool] = loop.create_future()
        self._is_busy = True

        def hand_over() -> None:
            title, _, body = message.text.partition("\n")
            try:
                taken = bool(self._apprise.notify(body=body or title, title=title))
            except Exception:  # noqa: BLE001 - whatever a plugin raises, it was not taken
                taken = False
            self._is_busy = False
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_answer, answered, taken)

        Thread(target=hand_over, name="apprise", daemon=True).start()
        return answered


def _answer(answered: asyncio.Future[bool], taken: bool) -> None:
    if not answered.done():
        answered.set_result(taken)
