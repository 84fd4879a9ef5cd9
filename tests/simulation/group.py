"""The people's group chat in memory: it takes a while, says no now and then, and is read by all."""

import random
from dataclasses import dataclass, field

from adapters.alerts.channel import Answer, Delivered, Message, Traits, TryLater
from tests.fakes.fake_channel import WECOM
from tests.simulation.points import Points

LATENCY_MAX_S = 0.5
NO_SHARE = 0.2


@dataclass(slots=True)
class Group:
    """Implements adapters.alerts.channel.Channel; outlives every life of the daemon."""

    points: Points
    dice: random.Random
    traits: Traits = WECOM
    is_calm: bool = False
    read: list[Message] = field(default_factory=list)

    def room(self) -> int:
        return 20

    async def send(self, message: Message) -> Answer:
        """Take the message, between two points at which the daemon may die."""
        self.points.reach("alert leaves")
        if self.points.loop is not None:
            await self.points.loop.pause(self.dice.random() * LATENCY_MAX_S)
        if not self.is_calm and self.dice.random() < NO_SHARE:
            return TryLater(0, "the platform is busy")
        self.read.append(message)
        self.points.reach("alert taken")
        return Delivered()

    async def close(self) -> None:
        """Nothing is open: the group is no part of any process."""
