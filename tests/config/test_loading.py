"""A configuration is read as written or refused with file, line and key."""

from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.loading import (
    CONFIG_BYTES_MAX,
    ConfigError,
    ConfigProblem,
    _line_of,
    load_settings,
    parse_settings,
)
from config.settings import Mode, Settings
from config.yaml_document import Section, parse_yaml

FILE = "broker.yaml"

# As it lies in users' repositories today, comments left out.
LEGACY = """\
brokers:
  pingan:
    enabled: true
    endpoint: ""
    client_id: ""
    account_id: ""
    auth:
      access_key_env: "PINGAN_API_KEY"
      secret_key_env: "PINGAN_API_SECRET"
      token_env: "PINGAN_API_TOKEN"
    order:
      market: "A"
      account_type: "cash"
"""


def problems(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, FILE)
    assert all(problem.file == FILE for problem in caught.value.problems)
    assert str(caught.value).startswith(FILE)
    return [(problem.line, problem.key, problem.message) for problem in caught.value.problems]


def problem(text: str) -> tuple[int | None, str, str]:
    (only,) = problems(text)
    return only


def test_the_file_users_already_have_loads_unchanged() -> None:
    settings = parse_settings(LEGACY, FILE)

    assert settings.brokers.pingan.enabled
    assert settings.brokers.pingan.auth.token_env == "PINGAN_API_TOKEN"
    assert settings.model_copy(update={"brokers": Settings().brokers}) == Settings()


def test_a_number_written_for_a_text_keeps_its_characters() -> None:
    text = "brokers:\n  pingan:\n    account_id: 880000123450\n    client_id: 0012\n"
    pingan = parse_settings(text, FILE).brokers.pingan

    assert (pingan.account_id, pingan.client_id) == ("880000123450", "0012")
    assert parse_settings("checks: {blacklist: [600000, 000001]}", FILE).checks.blacklist == (
        "600000",
        "000001",
    )


def test_every_kind_of_value_is_read_exactly() -> None:
    settings = parse_settings(
        "mode: paper\n"
        "paths: {inbox: /drop, artifacts: null, instruments: }\n"
        "intake: {quiet_s: 30, exposure_tolerance: 0.0050, owner_uids: [1000, 33]}\n"
        "capital: {strategy_capital: fixed, fixed_capital: 1000000}\n"
        "day: {first_send: 09:35, last_cancel: 14:56:30}\n"
        "flow: {not_sent_retry_s: [1]}\n"
        "live: {accounts: ['880']}\n",
        FILE,
    )

    assert settings.mode is Mode.PAPER
    assert settings.paths.inbox == Path("/drop")
    assert settings.paths.artifacts is None
    assert settings.intake.exposure_tolerance == Decimal("0.005")
    assert settings.intake.owner_uids == (1000, 33)
    assert settings.capital.fixed_capital == Decimal(1000000)
    assert (settings.day.first_send, settings.day.last_cancel) == (time(9, 35), time(14, 56, 30))
    assert settings.flow.not_sent_retry_s == (1,)
    assert settings.live.accounts == ("880",)


def test_an_unknown_key_is_named_with_its_line_and_the_likely_one() -> None:
    text = "mode: paper\nflow:\n  batchsize: 10\n  legs_max: 2\ncolour: red\n"

    assert problems(text) == [
        (3, "flow.batchsize", "unknown key (did you mean batch_size?)"),
        (5, "colour", "unknown key"),
    ]


@pytest.mark.parametrize("word", ["no", "yes", "off", "on", "n", "False", "TRUE", "0", '"false"'])
def test_only_true_and_false_are_booleans(word: str) -> None:
    line, key, _ = problem(f"\napprove_gaps: {word}\n")

    assert (line, key) == (2, "approve_gaps")


@pytest.mark.parametrize(
    "text",
    [
        "1_000",
        "0x10",
        "012",
        "1e3",
        "19:30",
        ".5",
        "5.",
        "+5",
        "NaN",
        ".inf",
        "５",
        '"5"',
        "5.0",
        "",
    ],
)
def test_only_plain_decimals_are_whole_numbers(text: str) -> None:
    line, key, _ = problem(f"flow:\n  legs_max: {text}\n")

    assert (line, key) == (2, "flow.legs_max")


@pytest.mark.parametrize(
    "text",
    ["1_0", "1e-3", ".5", "0.5.1", "NaN", "Infinity", "50%", "0,5", '"0.3"', "00.3", "true", ""],
)
def test_only_plain_decimals_are_fractions(text: str) -> None:
    line, key, _ = problem(f"checks:\n  single_name_weight_max: {text}\n")

    assert (line, key) == (2, "checks.single_name_weight_max")


@pytest.mark.parametrize(
    "text", ["931", "9:31", "09:31:00.5", "09:31+08:00", "25:00", "34200", "no"]
)
def test_only_hours_and_minutes_are_a_time_of_day(text: str) -> None:
    line, key, _ = problem(f"day:\n  first_send: {text}\n")

    assert (line, key) == (2, "day.first_send")


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("flow: {batch_size: 21}", 1, "flow.batch_size"),
        ("flow:\n  not_sent_retry_s:\n    - 1\n    - -2\n", 4, "flow.not_sent_retry_s.1"),
        ("checks: {industry_weight_max: 1.5}", 1, "checks.industry_weight_max"),
        ("fees: {commission_rate: 0.0031}", 1, "fees.commission_rate"),
        ("mode: Live", 1, "mode"),
        ("checks:\n  late_arrival: tomorrow", 2, "checks.late_arrival"),
        ("capital:\n  strategy_capital: fixed", 1, "capital"),
        ("prices:\n  limit_worst_bp: 40", 1, "prices"),
        ("http: {port: 65536}", 1, "http.port"),
        ("console:\n  host: 0.0.0.0", 1, "console"),
        ("intake: {rows_max: 0}", 1, "intake.rows_max"),
        ("live: {accounts: 880}", 1, "live.accounts"),
        ("flow:\n", 1, "flow"),
        ("flow: []\n", 1, "flow"),
        (
            "brokers: {pingan: {enabled: true, order: {market: null}}}",
            1,
            "brokers.pingan.order.market",
        ),
    ],
)
def test_a_value_out_of_range_or_of_another_kind_is_named(text: str, line: int, key: str) -> None:
    assert problem(text)[:2] == (line, key)


@pytest.mark.parametrize(
    ("text", "line", "key", "message"),
    [
        ("mode: paper\nmode: live\n", 2, "mode", "the key is here twice, first on line 1"),
        ("flow: {legs_max: 1, legs_max: 2}", 1, "flow.legs_max", "the key is here twice"),
        ("a: &x 1\n", 1, "a", "anchors"),
        ("a: *x\n", 1, "a", "aliases"),
        ("flow: &f {}\naccount: *f\n", 1, "flow", "anchors"),
        ("<<: {}\n", 1, "<<", "unknown key"),
        ("mode: !!python/object/apply:os.system [ls]\n", 1, "mode", "tags"),
        ("mode: !!str live\n", 1, "mode", "tags"),
        ("? [a]\n: 1\n", 1, "", "a key must be plain text"),
        ("mode: paper\n---\nmode: live\n", 3, "", "more than one document"),
        ("mode: [\n", 2, "", ""),
        ("\tmode: live\n", 1, "", "character"),
        ("mode: 'live\n", 2, "", ""),
        ("- mode\n", 1, "", "is not a mapping of keys"),
        ("live\n", 1, "", "is not a mapping of keys"),
        ("", 1, "", "is empty"),
        ("# nothing but a comment\n", 1, "", "is empty"),
        ("mode: \x07\n", 1, "", ""),
        ("a: " + "[" * 100_000, 1, "a" + ".[]" * 16, "nested deeper"),
        ("a: " + "{a: " * 20 + "1" + "}" * 20, 1, ".".join(["a"] * 17), "nested deeper"),
    ],
)
def test_yaml_that_holds_surprises_is_refused(text: str, line: int, key: str, message: str) -> None:
    found = problem(text)

    assert found[:2] == (line, key)
    assert message in found[2]


def test_an_alias_bomb_costs_nothing() -> None:
    bomb = "a: &a [x, x]\n" + "\n".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    assert problem(bomb)[2] == "anchors (&name) are not allowed"


def test_a_file_is_read_with_or_without_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(LEGACY, encoding="utf-8-sig")

    assert load_settings(path) == parse_settings(LEGACY, FILE)


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        ("mode: dry_run\n# 券商\n".encode("gbk"), 2, "is not UTF-8"),
        (b"mode: dry_run\n" * CONFIG_BYTES_MAX, None, "is larger than"),
        (b"", 1, "is empty"),
    ],
)
def test_a_file_that_is_no_text_is_refused(
    tmp_path: Path, data: bytes, line: int | None, message: str
) -> None:
    path = tmp_path / FILE
    path.write_bytes(data)

    with pytest.raises(ConfigError, match=message) as caught:
        load_settings(path)
    assert caught.value.problems[0].file == str(path)
    assert caught.value.problems[0].line == line


def test_a_missing_file_and_a_directory_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_settings(tmp_path / "nowhere.yaml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_settings(tmp_path)


def settings_or_problems(text: str) -> Settings | tuple[ConfigProblem, ...]:
    try:
        return parse_settings(text, FILE)
    except ConfigError as error:
        return error.problems


@given(st.text(max_size=200))
def test_any_text_is_settings_or_problems(text: str) -> None:
    assert settings_or_problems(text)


@given(st.integers(0, len(LEGACY)), st.text(alphabet="&*!{}[]:#-'\" \t\n|>%@,?0a", max_size=6))
def test_a_spoiled_file_is_settings_or_problems(position: int, junk: str) -> None:
    assert settings_or_problems(LEGACY[:position] + junk + LEGACY[position:])


def test_a_problem_stands_at_the_innermost_part_that_the_file_has() -> None:
    document = parse_yaml("a:\n  b:\n    - 1\n    - 2\n")
    assert isinstance(document, Section)

    lines = [_line_of(document, path) for path in ((), ("a", "c"), ("a", "b", 1), ("a", "b", 1, 0))]

    assert lines == [1, 1, 4, 4]
