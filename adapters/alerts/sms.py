"""Text messages through Tencent Cloud: a template approved beforehand, with severity and code.

An answer is always HTTP 200; the error, or the code of every number, says what became of it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from yarl import URL

from adapters.alerts.channel import Answer, Delivered, Message, Refused, Traits, TryLater, cut
from adapters.alerts.pace import MINUTE_S, Pace
from adapters.alerts.posting import post
from adapters.alerts.tc3 import authorization
from adapters.pingan.transport import SignedRequest, Transport

CONTENT_TYPE = "application/json; charset=utf-8"
CODE_BYTES_MAX = 64
MESSAGES_PER_MINUTE = 10
# They pass: the platform's own limits and troubles. Everything else waits for a person.
PASSING = ("LimitExceeded", "RequestLimitExceeded", "InternalError", "FailedOperation")


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """Whose messages they are, and to whom they go; numbers as +8613800000000."""

    endpoint: URL
    region: str
    app_id: str
    sign_name: str
    template_id: str
    phone_numbers: tuple[str, ...]
    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)


class TencentSms:
    """Implements adapters.alerts.channel.Channel."""

    traits = Traits("sms", CODE_BYTES_MAX, is_last_resort=True)

    def __init__(
        self,
        account: SmsAccount,
        transport: Transport,
        *,
        utc_now: Callable[[], datetime],
        monotonic_ns: Callable[[], int],
    ) -> None:
        self._account = account
        self._transport = transport
        self._utc_now = utc_now
        self._pace = Pace(MESSAGES_PER_MINUTE, monotonic_ns)

    def room(self) -> int:
        """Return how many may leave now; each costs money."""
        return self._pace.room()

    async def send(self, message: Message) -> Answer:
        """Send severity and code to every number; one that took it is enough."""
        if self._pace.room() < 1:
            return TryLater(MINUTE_S, "too many text messages within this minute")
        self._pace.count()
        answer = await post(self._transport, self._request(message))
        return answer if isinstance(answer, TryLater) else _judge(answer.get("Response"))

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    def _request(self, message: Message) -> SignedRequest:
        account, now = self._account, self._utc_now()
        host = (
            account.endpoint.authority if account.endpoint.explicit_port else account.endpoint.host
        )
        body = json.dumps(
            {
                "PhoneNumberSet": list(account.phone_numbers),
                "SmsSdkAppId": account.app_id,
                "SignName": account.sign_name,
                "TemplateId": account.template_id,
                "TemplateParamSet": [message.severity, cut(message.code, CODE_BYTES_MAX)],
            },
            ensure_ascii=False,
        ).encode()
        headers = {
            "Host": str(host),
            "Content-Type": CONTENT_TYPE,
            "X-TC-Action": "SendSms",
            "X-TC-Version": "2021-01-11",
            "X-TC-Region": account.region,
            "X-TC-Timestamp": str(int(now.timestamp())),
        }
        headers["Authorization"] = authorization(
            account.secret_id,
            account.secret_key,
            service="sms",
            host=headers["Host"],
            content_type=CONTENT_TYPE,
            body=body,
            now=now,
        )
        return SignedRequest("POST", account.endpoint / "", headers, body)


def _judge(response: object) -> Answer:
    if not isinstance(response, dict):
        return TryLater(0, "an answer without a Response")
    error = response.get("Error")
    if isinstance(error, dict):
        return _no(str(error.get("Code")))
    codes = _codes(response.get("SendStatusSet"))
    bad = [code for code in codes if code != "Ok"]
    if len(bad) == len(codes):
        return _no(bad[0] if bad else "no number has a status")
    return Delivered(", ".join(bad))


def _codes(statuses: object) -> list[str]:
    if not isinstance(statuses, list):
        return []
    return [str(status.get("Code")) for status in statuses if isinstance(status, dict)]


def _no(code: str) -> Answer:
    return TryLater(MINUTE_S, code) if code.startswith(PASSING) else Refused(code)
