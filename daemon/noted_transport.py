"""The wire, with an eye on it: a task that gets answers makes progress."""

from adapters.pingan.transport import HttpReply, SignedRequest, Transport
from daemon.progress import Progress


class NotedTransport:
    """A transport each answer of which, also a failure, is a beat of the task that asked."""

    def __init__(self, transport: Transport, progress: Progress) -> None:
        self._transport = transport
        self._progress = progress

    async def exchange(self, request: SignedRequest) -> HttpReply:
        """Send one request."""
        try:
            return await self._transport.exchange(request)
        finally:
            self._progress.note()

    async def close(self) -> None:
        """Let go of whatever is open."""
        await self._transport.close()
