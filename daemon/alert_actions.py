"""What a person can do about alerts, for every door they come through."""

from collections.abc import Mapping

from adapters.alerts.channel import Answer, Message
from daemon.actions import Person
from daemon.desk import Desk
from daemon.refusals import ActionRefused
from daemon.tasks.notify import Notifier
from statemachine.alert_texts import Incident, alert_text
from statemachine.severity import Severity

EVERY = "all"
NUMBER_DIGITS_MAX = 12


class AlertActions:
    """Acknowledges alerts and tries the channels."""

    def __init__(self, desk: Desk, notifier: Notifier) -> None:
        self._desk = desk
        self._notifier = notifier

    async def acknowledge(self, which: str, person: Person) -> int:
        """Record that the person has seen one alert by its number, or "all" that are open.

        Returns how many; what they are about stands as before. Raises ActionRefused for what is
        no number, Conflict for an alert that is unknown, seen before or over.
        """
        if which != EVERY and not _is_number(which):
            raise ActionRefused(
                f"{which!r} is neither the number of an alert nor `all`",
                f"{which!r} 既不是告警编号，也不是 all",
            )
        count = await self._desk.store.acknowledge(
            None if which == EVERY else [int(which)],
            actor=person.name,
            now=self._desk.clock.now(),
        )
        self._desk.log.info("alerts acknowledged", which=which, count=count, by=person.name)
        return count

    async def test(self, person: Person) -> Mapping[str, Answer]:
        """Send a message that says it is a test through every channel, at once, and only once."""
        text = alert_text(Incident(Severity.P2, "TEST", f"by {person.name}"))
        self._desk.log.info("alert channels tested", by=person.name)
        return await self._notifier.test(Message(Severity.P2, "TEST", text.chinese))


def _is_number(which: str) -> bool:
    return which.isascii() and which.isdigit() and len(which) <= NUMBER_DIGITS_MAX
