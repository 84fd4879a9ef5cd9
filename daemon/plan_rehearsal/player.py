"""The daemon's end of the process that plays a plan."""

import asyncio
import os
import sys
from collections.abc import Mapping
from types import MappingProxyType

from daemon.plan_rehearsal import values
from daemon.plan_rehearsal.values import PlanRehearsal, Question
from storage.documents import decode, encode

TIME_LIMIT_S = 120
MODULE = ("-m", "daemon.plan_rehearsal.child")
WORDS_MAX = 2_000
# All it gets of our environment: no secret, and no name of one.
PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZDIR")
# Arrow's own pool would keep what reading a market took once, and its threads would be as many as
# the cores, beyond what a unit allows. Questions and answers are UTF-8 whatever LANG says.
OWN_ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
)


class RehearsalFailed(Exception):
    """There is no answer; the sentence says why."""


async def play(question: Question, time_limit_s: float = TIME_LIMIT_S) -> PlanRehearsal:
    """Have a process of low priority play a plan, and end it when it takes too long.

    Raises RehearsalFailed. Whoever is cancelled while waiting leaves no process behind.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**_passed_on(os.environ), **OWN_ENVIRONMENT},
    )
    asked = encode(values.question(), question).encode()
    try:
        said, words = await asyncio.wait_for(process.communicate(asked), time_limit_s)
    except TimeoutError as error:
        raise RehearsalFailed(f"the rehearsal took longer than {time_limit_s} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != os.EX_OK:
        raise RehearsalFailed(_last_words(words) or f"it ended with {process.returncode}")
    return _read(said, question)


def _read(said: bytes, question: Question) -> PlanRehearsal:
    try:
        answer = decode(values.rehearsal(), said.decode())
    except ValueError as error:
        raise RehearsalFailed(f"what the rehearsal said does not read: {error}") from error
    if answer.plan_hash != question.plan.plan_hash:
        raise RehearsalFailed(f"the rehearsal answered for another plan, {answer.plan_hash}")
    return answer


def _passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in PASSED_ON if name in environment}


def _last_words(words: bytes) -> str:
    """Return the last line: a sentence of ours, or what a traceback ends with."""
    lines = words.decode(errors="replace").strip().splitlines()
    return lines[-1][:WORDS_MAX] if lines else ""
