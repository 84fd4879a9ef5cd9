"""The WeCom group robot: `errcode` decides, whatever the HTTP status and the words say.

libraries-and-recipes.md section 6: markdown has 4096 bytes, a robot 20 messages a minute.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from yarl import URL

from adapters.alerts.channel import Answer, Delivered, Message, Refused, Traits, TryLater, cut
from adapters.alerts.pace import MINUTE_S, Pace
from adapters.alerts.posting import post
from adapters.pingan.transport import SignedRequest, Transport
from statemachine.severity import Severity

CONTENT_BYTES_MAX = 4096
MESSAGES_PER_MINUTE = 20
# What mentions and the colour of the first line take beside the text.
MARKUP_BYTES_MAX = 512
BUSY_S = 5
COLOUR = {Severity.P0: "warning", Severity.P1: "comment", Severity.P2: "info"}


@dataclass(frozen=True, slots=True)
class Robot:
    """A group's robot: where it is, its key, and whom a P0 mentions by user id."""

    endpoint: URL
    key: str = field(repr=False)
    mentioned_users: tuple[str, ...] = ()


class WeComRobot:
    """Implements adapters.alerts.channel.Channel."""

    traits = Traits("wecom", CONTENT_BYTES_MAX - MARKUP_BYTES_MAX)

    def __init__(self, robot: Robot, transport: Transport, monotonic_ns: Callable[[], int]) -> None:
        self._robot = robot
        self._transport = transport
        self._pace = Pace(MESSAGES_PER_MINUTE, monotonic_ns)

    def room(self) -> int:
        """Return how many of this minute's messages are left."""
        return self._pace.room()

    async def send(self, message: Message) -> Answer:
        """Post one markdown message; above the robot's rate it does not leave."""
        if self._pace.room() < 1:
            return TryLater(MINUTE_S, "20 messages left within this minute")
        self._pace.count()
        answer = await post(self._transport, self._request(message))
        return answer if isinstance(answer, TryLater) else self._judge(answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    def _request(self, message: Message) -> SignedRequest:
        body = {"msgtype": "markdown", "markdown": {"content": self._content(message)}}
        return SignedRequest(
            method="POST",
            url=self._robot.endpoint / "cgi-bin/webhook/send" % {"key": self._robot.key},
            headers={"Content-Type": "application/json"},
            body=json.dumps(body, ensure_ascii=False).encode(),
        )

    def _content(self, message: Message) -> str:
        """Return the markdown; a "<" of somebody's words must not become a tag or a mention."""
        first, _, rest = message.text.replace("<", "＜").partition("\n")
        lines = [f'<font color="{COLOUR[message.severity]}">{first}</font>']
        if message.severity is Severity.P0 and self._robot.mentioned_users:
            lines.append(" ".join(f"<@{user}>" for user in self._robot.mentioned_users))
        return cut("\n".join([*lines, rest]), CONTENT_BYTES_MAX)

    def _judge(self, content: Mapping[str, object]) -> Answer:
        match content.get("errcode"):
            case 0:
                return Delivered()
            case -1:
                return TryLater(BUSY_S, "errcode -1: the platform is busy")
            case 45009:
                self._pace.close_for(MINUTE_S)
                return TryLater(MINUTE_S, "errcode 45009: too many messages")
            case int() as code:
                return Refused(f"errcode {code}")
            case _:
                return TryLater(0, "an answer without an errcode")
