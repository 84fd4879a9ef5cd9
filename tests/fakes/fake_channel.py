"""A channel in memory: it answers what it is told to, and remembers what people would read."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.alerts.channel import Answer, Delivered, Message, Traits

WECOM, SMS = Traits("wecom", 3500), Traits("sms", 64, is_last_resort=True)
MAIL = Traits("mail", 2000, is_believed=False)


@dataclass(slots=True)
class FakeChannel:
    """Implements adapters.alerts.channel.Channel; `answers` are given first, then it delivers."""

    traits: Traits = WECOM
    answers: deque[Answer | Exception] = field(default_factory=deque)
    rooms: int = 20
    taken: list[Message] = field(default_factory=list)
    asked: int = 0
    is_closed: bool = False
    is_hanging: bool = False

    def will(self, answers: Iterable[Answer | Exception]) -> None:
        """Answer these next."""
        self.answers.extend(answers)

    def room(self) -> int:
        return self.rooms

    async def send(self, message: Message) -> Answer:
        self.asked += 1
        if self.is_hanging:
            await asyncio.Event().wait()
        answer = self.answers.popleft() if self.answers else Delivered()
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Delivered):
            self.taken.append(message)
        return answer

    async def close(self) -> None:
        self.is_closed = True

    @property
    def codes(self) -> list[str]:
        """The codes of what was taken, in order."""
        return [message.code for message in self.taken]
