"""Configurations that are read, and bad ones with the line and the key of their first problem."""

from collections.abc import Iterator
from dataclasses import dataclass

GOOD: tuple[str, ...] = (
    """mode: paper
brokers:
  pingan:
    enabled: true
    account_id: 880000123450
    auth: {access_key_env: A, secret_key_env: B, token_env: C}
paths: {inbox: /drop, artifacts: null, instruments: }
intake: {quiet_s: 30, exposure_tolerance: 0.0050, owner_uids: [1000, 33]}
""",
    """capital: {strategy_capital: fixed, fixed_capital: 1000000}
day: {first_send: 09:35, last_cancel: 14:56:30}
flow: {not_sent_retry_s: [1]}
checks: {blacklist: [600000, 000001], single_name_weight_max: 0.25}
""",
    """prices:
  limit_offset_bp: 50
  limit_worst_bp: 350
live: {accounts: ['880']}
approve_gaps: false
""",
)


@dataclass(frozen=True, slots=True)
class BadConfig:
    """One bad text; `key` is dotted, "" where the whole text is no configuration."""

    name: str
    text: str
    line: int
    key: str


def magic() -> Iterator[BadConfig]:
    """What YAML can do and a configuration may not."""
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    yield BadConfig("an alias bomb", bomb, 1, "a")
    yield BadConfig("an alias", "mode: *x\n", 1, "mode")
    yield BadConfig("an anchor", "mode: &x paper\n", 1, "mode")
    yield BadConfig("a merge key", "flow:\n  <<: {legs_max: 2}\n", 2, "flow.<<")
    for tag in ("!!python/object/apply:os.system ['true']", "!!python/name:os", "!!str 5", "!x 5"):
        yield BadConfig(f"the tag {tag}", f"flow:\n  legs_max: {tag}\n", 2, "flow.legs_max")
    yield BadConfig("two documents", "mode: paper\n---\nmode: live\n", 3, "")
    yield BadConfig("a list as key", "? [a]\n: 1\n", 1, "")
    yield BadConfig("seventeen levels", "a: " + "[" * 17 + "]" * 17 + "\n", 1, ANY_KEY)


def shapes() -> Iterator[BadConfig]:
    for name, text in {
        "nothing": "",
        "a comment": "# nothing\n",
        "null": "null\n",
        "a word": "paper\n",
        "a list": "- mode\n",
        "a number": "5\n",
    }.items():
        yield BadConfig(f"only {name}", text, 1, "")
    yield BadConfig("a tab", "flow:\n\tlegs_max: 2\n", 2, "")
    yield BadConfig("an open bracket", "flow: {legs_max: 2\n", ANY_LINE, "")
    yield BadConfig("an open quote", "mode: 'paper\n", ANY_LINE, "")
    yield BadConfig("a colon too many", "mode: paper: live\n", 1, "")
    yield BadConfig("a control sign", "mode: pa\x01per\n", 1, "")


def keys() -> Iterator[BadConfig]:
    for text, line, key in (
        ("colour: red\n", 1, "colour"),
        ("Mode: paper\n", 1, "Mode"),
        ("flow:\n  batchsize: 10\n", 2, "flow.batchsize"),
        ("brokers:\n  futu: {}\n", 2, "brokers.futu"),
        ("mode: paper\nmode: live\n", 2, "mode"),
        ("flow:\n  legs_max: 1\n  legs_max: 2\n", 3, "flow.legs_max"),
        ("5: 6\n", 1, "5"),
        ("'': 6\n", 1, ""),
    ):
        yield BadConfig(f"key of {text!r}", text, line, key)


def values() -> Iterator[BadConfig]:
    """Values of another type or out of range, each under the key that wants something else."""
    wrong = {
        "mode": ("Paper", "LIVE", "1", "null", "[paper]", "{}", "true", "''"),
        "approve_gaps": ("yes", "0", "'true'", "null", "[]"),
        "flow.legs_max": (
            "-1",
            "1.5",
            "1e3",
            "012",
            "'2'",
            "two",
            "99999999999999999999999999",
            "[]",
        ),
        "intake.exposure_tolerance": ("-0.1", "1.1", "5%", "0,5", ".5", "NaN", "'0.1'", "1e-3"),
        "capital.strategy_capital": ("all", "null", "fixd"),
        "capital.cash_reserve": ("-1", "1_000", "12.3.4"),
        "day.first_send": ("9:31", "25:00", "09:60", "931", "09:31:00.5", "null", "09-31"),
        "paths.inbox": ("null", "[]", "{}"),
        "live.accounts": ("880", "{}", "[null]", "[[x]]"),
        "intake.owner_uids": ("1000", "[x]", "[1.5]", "[-]"),
        "checks.late_arrival": ("tomorrow", "null"),
    }
    for key, texts in wrong.items():
        group, _, name = key.partition(".")
        for text in texts:
            whole = f"{group}: {text}\n" if not name else f"{group}:\n  {name}: {text}\n"
            yield BadConfig(f"{key} {text}", whole, 2 if name else 1, key)


def contradictions() -> Iterator[BadConfig]:
    yield BadConfig("no amount", "\ncapital:\n  strategy_capital: fixed\n", 2, "capital")
    worst = "prices:\n  limit_worst_bp: 10\n  limit_offset_bp: 50\n"
    yield BadConfig("the worst is not the worst", worst, 1, "prices")


ANY_LINE = -1
ANY_KEY = "*"
FAMILIES = (magic, shapes, keys, values, contradictions)


def all_bad_configs() -> tuple[BadConfig, ...]:
    """Return every bad configuration."""
    return tuple(config for family in FAMILIES for config in family())
