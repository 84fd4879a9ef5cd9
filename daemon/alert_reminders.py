"""How often a channel reminded people of what they have not seen; outlives a restart."""

from datetime import UTC, datetime, timedelta

from daemon.desk import ACTOR, Desk

REMINDED = "ALERT_REMINDED"
HOUR = timedelta(hours=1)


class Reminders:
    """The reminders of the last hour by channel, on machine time; a note in the record each."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sent: dict[str, tuple[datetime, ...]] = {}

    async def count(self, channel: str) -> int:
        """Return how many left within the last hour, those of an earlier process too.

        A moment in the future is of a clock that was put back since, and counts for nothing.
        """
        now = self._desk.machine.utc_now()
        if channel not in self._sent:
            self._sent[channel] = await self._noted(channel)
        self._sent[channel] = tuple(at for at in self._sent[channel] if now - HOUR < at <= now)
        return len(self._sent[channel])

    async def note(self, channel: str) -> None:
        """Write down that one leaves now; call before it does."""
        await self.count(channel)
        self._sent[channel] = (*self._sent[channel], self._desk.machine.utc_now())
        text = ",".join(at.astimezone(UTC).isoformat() for at in self._sent[channel])
        kind, now = f"{REMINDED}:{channel}", self._desk.clock.now()
        await self._desk.store.note(kind, {"sent": text}, actor=ACTOR, now=now)

    async def _noted(self, channel: str) -> tuple[datetime, ...]:
        note = await self._desk.store.latest_note(f"{REMINDED}:{channel}")
        if note is None:
            return ()
        return tuple(datetime.fromisoformat(text) for text in note.detail["sent"].split(","))
