"""Tencent Cloud's SendSms as libraries-and-recipes.md section 6 has it, signature and all."""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

SECRET_ID, SECRET_KEY = "canary-AKID", "canary-sms-secret"
CLOCK_TOLERANCE = timedelta(minutes=5)
AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<date>\d{4}-\d\d-\d\d)/sms/tc3_request,"
    r" SignedHeaders=content-type;host, Signature=(?P<signature>[0-9a-f]{64})"
)
FIELDS = {"PhoneNumberSet", "SmsSdkAppId", "SignName", "TemplateId", "TemplateParamSet"}


class SmsWeather(StrEnum):
    """How the platform is now."""

    FINE = "FINE"
    LIMITED = "LimitExceeded.PhoneNumberThirtySecondLimit"
    NO_MONEY = "FailedOperation.InsufficientBalanceInSmsPackage"
    BAD_TEMPLATE = "FailedOperation.TemplateIncorrectOrUnapproved"
    BAD_NUMBER = "InvalidParameterValue.IncorrectPhoneNumber"
    INTERNAL = "InternalError.OtherError"
    FIRST_NUMBER_ONLY = "FIRST_NUMBER_ONLY"
    NOT_JSON = "NOT_JSON"
    NO_RESPONSE = "NO_RESPONSE"
    NO_STATUS = "NO_STATUS"
    HANGS = "HANGS"


@dataclass(slots=True)
class SmsDouble:
    """Takes what the real one would take; `taken` are (number, parameters) as phones show them."""

    utc_now: Callable[[], datetime]
    weather: Callable[[], SmsWeather] = lambda: SmsWeather.FINE
    taken: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Answer one POST."""
        body = await request.read()
        weather = self.weather()
        if weather is SmsWeather.HANGS:
            await asyncio.Event().wait()
        if weather is SmsWeather.NOT_JSON:
            return web.Response(status=502, text="bad gateway")
        if weather is SmsWeather.NO_RESPONSE:
            return web.json_response({})
        if weather is SmsWeather.NO_STATUS:
            return _response({})
        problem = self._problem(request, body)
        if weather is SmsWeather.INTERNAL:
            problem = weather.value
        if problem is not None:
            self.errors.append(problem)
            return _response({"Error": {"Code": problem, "Message": "no"}})
        asked = json.loads(body)
        numbers, parameters = asked["PhoneNumberSet"], tuple(asked["TemplateParamSet"])
        codes = [self._code(weather, index) for index in range(len(numbers))]
        sent = [number for number, code in zip(numbers, codes, strict=True) if code == "Ok"]
        self.taken += [(number, parameters) for number in sent]
        statuses = [_status(number, code) for number, code in zip(numbers, codes, strict=True)]
        return _response({"SendStatusSet": statuses})

    def _code(self, weather: SmsWeather, index: int) -> str:
        if weather is SmsWeather.FINE:
            return "Ok"
        if weather is SmsWeather.FIRST_NUMBER_ONLY:
            return "Ok" if index == 0 else SmsWeather.BAD_NUMBER.value
        return weather.value

    def _problem(self, request: web.Request, body: bytes) -> str | None:
        headers = request.headers
        if headers.get("X-TC-Action") != "SendSms" or headers.get("X-TC-Version") != "2021-01-11":
            return "InvalidAction"
        if not headers.get("X-TC-Region"):
            return "MissingParameter"
        if self._expected(request, body) != headers.get("Authorization"):
            return "AuthFailure.SignatureFailure"
        sent_at = datetime.fromtimestamp(int(headers["X-TC-Timestamp"]), UTC)
        if abs(self.utc_now() - sent_at) > CLOCK_TOLERANCE:
            return "AuthFailure.SignatureExpire"
        if json.loads(body).keys() != FIELDS:
            return "UnknownParameter"
        return None

    def _expected(self, request: web.Request, body: bytes) -> str | None:
        """Sign what arrived, word for word as the recipe has it."""
        headers = request.headers
        found = AUTHORIZATION.fullmatch(headers.get("Authorization", ""))
        if found is None or found["id"] != SECRET_ID:
            return None
        stamp = headers["X-TC-Timestamp"]
        date = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
        canonical = (
            "POST\n/\n\ncontent-type:" + headers["Content-Type"] + "\nhost:" + headers["Host"]
            + "\n\ncontent-type;host\n" + hashlib.sha256(body).hexdigest()
        )  # fmt: skip
        to_sign = (
            f"TC3-HMAC-SHA256\n{stamp}\n{date}/sms/tc3_request\n"
            + hashlib.sha256(canonical.encode()).hexdigest()
        )
        key = ("TC3" + SECRET_KEY).encode()
        for word in (date, "sms", "tc3_request"):
            key = hmac.new(key, word.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        return (
            f"TC3-HMAC-SHA256 Credential={SECRET_ID}/{date}/sms/tc3_request,"
            f" SignedHeaders=content-type;host, Signature={signature}"
        )


def _status(number: str, code: str) -> dict[str, Any]:
    return {
        "SerialNo": "" if code != "Ok" else "5000:1045710669157053657849499619",
        "PhoneNumber": number,
        "Fee": int(code == "Ok"),
        "SessionContext": "",
        "Code": code,
        "Message": "send success" if code == "Ok" else "failed",
        "IsoCode": "CN",
    }


def _response(content: dict[str, Any]) -> web.Response:
    return web.json_response({"Response": content | {"RequestId": "a0aabda6-cf91-4f3e"}})


@asynccontextmanager
async def served(double: SmsDouble) -> AsyncIterator[URL]:
    """Serve the double on loopback; gives its base address."""
    app = web.Application()
    app.router.add_post("/", double.post)
    async with TestServer(app, host="127.0.0.1", shutdown_timeout=0) as server:
        yield server.make_url("/").origin()
