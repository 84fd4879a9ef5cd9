"""More bad pairs, by families: every member of a family is refused for the family's reason."""

from collections.abc import Iterator

from statemachine.reasons import Reason
from tests.corpus.bad_pairs import ANYWHERE, BadPair, bad_context, bad_csv
from tests.support.pairs import (
    CSV_NAME,
    HEADER,
    ROWS,
    context_bytes,
    context_text,
    csv_bytes,
    csv_text,
    row,
)

JSON_VALUES: dict[str, object] = {
    "null": None,
    "true": True,
    "a number": 7,
    "text": "x",
    "a list": [1],
    "an object": {"a": 1},
}


def injections() -> Iterator[BadPair]:
    """What a spreadsheet, a console or a page would run; it stays text and is refused."""
    for text in (
        "=cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(1)",
        "-2+3",
        "\t=1",
        "<script>alert(1)</script>",
        "<img src=x onerror=x>",
        "\x1b[31m0.2",
        "${jndi:ldap://x}",
        "'; DROP TABLE orders;--",
        "$(reboot)",
        "%0a0.2",
    ):
        yield bad_csv(
            f"weight {text!r}", csv_bytes((row(text),)), Reason.NUMBER_SYNTAX, 2, "weight"
        )
        code = csv_bytes((row("0.45", text),))
        yield bad_csv(f"code {text!r}", code, Reason.CODE_SYNTAX, 2, "ts_code")


def foreign_digits() -> Iterator[BadPair]:
    """What Python's own int and Decimal would read as digits."""
    for name, digit in {
        "devanagari": "०",
        "bengali": "০",
        "thai": "๐",
        "persian": "۰",
        "mathematical bold": "𝟎",
        "circled": "①",
        "roman": "Ⅴ",
        "chinese": "二",
        "vulgar fraction": "½",
    }.items():
        weight = csv_bytes((row(f"0.{digit}"),))
        yield bad_csv(f"weight in {name} digits", weight, Reason.NUMBER_SYNTAX, 2, "weight")
        code = csv_bytes((row("0.45", f"60000{digit}.SH"),))
        yield bad_csv(f"code in {name} digits", code, Reason.CODE_SYNTAX, 2, "ts_code")


def invisible_signs() -> Iterator[BadPair]:
    for name, sign in {
        "zero-width space": "\u200b",
        "zero-width joiner": "\u200d",
        "no-break space": "\u00a0",
        "ideographic space": "\u3000",
        "right-to-left override": "\u202e",
        "soft hyphen": "\u00ad",
        "byte order mark": "\ufeff",
        "line separator": "\u2028",
        "vertical tab": "\x0b",
        "form feed": "\x0c",
        "delete": "\x7f",
    }.items():
        weight = csv_bytes((row(f"0.2{sign}"),))
        yield bad_csv(f"a {name} in a weight", weight, Reason.NUMBER_SYNTAX, 2, "weight")
        code = csv_bytes((row("0.45", f"600000{sign}.SH"),))
        yield bad_csv(f"a {name} in a code", code, Reason.CODE_SYNTAX, 2, "ts_code")


def invisible_signs_in_the_header() -> Iterator[BadPair]:
    for name, header in {
        "a space before": " ts_code,weight",
        "a space after": "ts_code ,weight",
        "a zero-width space": "ts\u200b_code,weight",
        "a no-break space": "ts_code\u00a0,weight",
        "a tab": "\tts_code,weight",
    }.items():
        csv = f"{header}\n600000.SH,0.45\n".encode()
        yield bad_csv(f"header with {name}", csv, Reason.CSV_HEADER, 1, "ts_code")
    for name, header in {"spaced": "ts_code, weight", "renamed": "ts_code,Weight"}.items():
        csv = f"{header}\n600000.SH,0.45\n".encode()
        yield bad_csv(f"weight header {name}", csv, Reason.CSV_HEADER, 1, "weight")


def delimiters() -> Iterator[BadPair]:
    for name, sign in {"tabs": "\t", "pipes": "|", "colons": ":", "full-width": "，"}.items():
        csv = csv_text().replace(",", sign).encode()
        yield bad_csv(f"cells parted by {name}", csv, Reason.CSV_HEADER, 1, "ts_code")
    yield bad_csv("a comma as point", csv_bytes((row("0,45"),)), Reason.CSV_FIELD_COUNT, 2)
    yield bad_csv("a thousands comma", csv_bytes((row("1,000"),)), Reason.CSV_FIELD_COUNT, 2)
    yield bad_csv("a comma at the end", csv_bytes((row() + ",",)), Reason.CSV_FIELD_COUNT, 2)
    broken = csv_bytes((row("0.2\n"), row("0.25", "000001.SZ")))
    yield bad_csv("a line break in a row", broken, Reason.CSV_FIELD_COUNT, 3)
    yield bad_csv(
        "a carriage return in a row", csv_bytes((row("0.\r2"),)), Reason.NUMBER_SYNTAX, 2, "weight"
    )


def cut_tables() -> Iterator[BadPair]:
    """A writer that stopped: no newline at the end, wherever it was."""
    text = csv_text()
    for size in range(7, len(text), 19):
        cut = text[:size]
        if not cut.endswith("\n"):
            line = cut.count("\n") + 1
            yield bad_csv(f"cut after {size} characters", cut.encode(), Reason.CSV_TRUNCATED, line)


def cut_contexts() -> Iterator[BadPair]:
    text = context_text()
    for size in range(1, len(text) - 1, 23):
        cut = text[:size].encode()
        name = f"cut after {size} characters"
        yield bad_context(name, cut, Reason.JSON_SYNTAX, ANYWHERE)


def context_types() -> Iterator[BadPair]:
    """Each field of the contract in every other type JSON has."""
    accepted = {
        "trade_date": ("text",),
        "active_champion_id": ("text", "null"),
        "position_info": ("an object", "null"),
        "target_exposure": ("a number",),
        "risk_checks": ("an object",),
    }
    for field, fitting in accepted.items():
        for name, value in JSON_VALUES.items():
            if name not in fitting:
                context = context_bytes(**{field: value})
                yield bad_context(
                    f"{field} is {name} here", context, Reason.CONTEXT_FIELD, ANYWHERE, field
                )
    for name in ("text", "a list", "an object"):
        context = context_bytes(position_info={"market_volatility": JSON_VALUES[name]})
        field = "position_info.market_volatility"
        yield bad_context(f"volatility is {name}", context, Reason.CONTEXT_FIELD, 5, field)


def exposures() -> Iterator[BadPair]:
    for number in ("-0.0", "-0", "1.0000001", "2", "45", "1e2", "-1e-9"):
        context = context_text().replace("0.45", number).encode()
        yield bad_context(
            f"target_exposure {number} there", context, Reason.WEIGHT_RANGE, 8, "target_exposure"
        )
    for number in (".45", "+0.45", "0.45f", "0,45", "00.45", "45%", "0x1", "1_0", "４"):
        context = context_text().replace("0.45", number).encode()
        yield bad_context(f"target_exposure {number}", context, Reason.JSON_SYNTAX, ANYWHERE)
    for number in ("0.455001", "0.4449", "1", "0.0001"):
        csv = csv_bytes((row(number),))
        yield bad_csv(
            f"weights of {number} for 0.45", csv, Reason.EXPOSURE_MISMATCH, None, "weight"
        )


def other_markets() -> Iterator[BadPair]:
    for name, text, reason in (
        ("Shenzhen B share", "200002.SZ", Reason.CODE_NOT_IN_UNIVERSE),
        ("Shenzhen fund", "159915.SZ", Reason.CODE_NOT_IN_UNIVERSE),
        ("convertible bond", "113050.SH", Reason.CODE_NOT_IN_UNIVERSE),
        ("Shenzhen convertible bond", "123107.SZ", Reason.CODE_NOT_IN_UNIVERSE),
        ("reverse repo", "204001.SH", Reason.CODE_NOT_IN_UNIVERSE),
        ("Shenzhen reverse repo", "131810.SZ", Reason.CODE_NOT_IN_UNIVERSE),
        ("Shenzhen index", "399001.SZ", Reason.CODE_NOT_IN_UNIVERSE),
        ("STAR on Shenzhen", "688001.SZ", Reason.CODE_WRONG_EXCHANGE),
        ("ChiNext on Shanghai", "300750.SH", Reason.CODE_WRONG_EXCHANGE),
        ("Shanghai in Beijing", "600000.BJ", Reason.CODE_WRONG_EXCHANGE),
        ("New York", "AAPL.US", Reason.CODE_SYNTAX),
        ("Bloomberg", "600000 CH", Reason.CODE_SYNTAX),
        ("Wind index", "000300.CSI", Reason.CODE_SYNTAX),
        ("Yahoo", "600000.SS", Reason.CODE_SYNTAX),
        ("a name", "浦发银行", Reason.CODE_SYNTAX),
        ("two codes", "600000.SH 600036.SH", Reason.CODE_SYNTAX),
        ("a path", "../600000.SH", Reason.CODE_SYNTAX),
        ("1,000 characters", "6" * 1000, Reason.CODE_SYNTAX),
    ):
        csv = csv_bytes((row("0.45", text),))
        yield bad_csv(f"code of a {name}", csv, reason, 2, "ts_code")


def calendar_days() -> Iterator[BadPair]:
    for text in (
        "20250229", "20251100", "20251131", "20250010", "00001107", "21001107", "2025-1-7",
        "2025/11/07", "07.11.2025", "Nov 7 2025", "20251107T00", "20251107 ", "1762473600", "NaT",
    ):  # fmt: skip
        csv = csv_bytes((row("0.45", day=text),))
        yield bad_csv(f"row dated {text!r}", csv, Reason.DATE_SYNTAX, 2, "trade_date")
    for text in ("20250229", "20251100", "00000000", "99991231", "2025/11/07", "今天"):
        context = context_bytes(trade_date=text)
        yield bad_context(f"context dated {text!r}", context, Reason.DATE_SYNTAX, 2, "trade_date")


def invalid_bytes() -> Iterator[BadPair]:
    for name, junk in {
        "a lone continuation": b"\x80",
        "a lone start": b"\xc3",
        "0xFF": b"\xff",
        "a surrogate": b"\xed\xa0\x80",
        "beyond unicode": b"\xf5\x80\x80\x80",
        "a fifth byte": b"\xf8\x88\x80\x80\x80",
        "overlong slash": b"\xe0\x80\xaf",
        "GBK text": "银行".encode("gbk"),
        "Shift-JIS text": "電力".encode("shift_jis"),
        "Big5 text": "電力".encode("big5"),
    }.items():
        csv = csv_bytes().replace("银行".encode(), junk)
        yield bad_csv(f"{name} in a row", csv, Reason.ENCODING, 2)
        context = context_bytes().replace(b"seed_", junk)
        yield bad_context(f"{name} in a text", context, Reason.ENCODING, 3)


def doubled_rows_and_keys() -> Iterator[BadPair]:
    for field in ("trade_date", "risk_checks", "active_champion_id"):
        text = context_text().replace("{\n", f'{{\n  "{field}": "",\n', 1)
        yield bad_context(
            f"{field} twice here", text.encode(), Reason.JSON_DUPLICATE_KEY, ANYWHERE, field
        )
    for name in ("ts_code", "code", "weight", "trade_date", "score"):
        csv = csv_bytes((row("0.45") + ",x",), f"{HEADER},{name}")
        yield bad_csv(f"{name} twice here", csv, Reason.CSV_DUPLICATE_HEADER, 1, name)
    twice = csv_bytes((*ROWS, *ROWS))
    yield BadPair(
        "every row twice",
        twice,
        context_bytes(),
        Reason.EXPOSURE_MISMATCH,
        CSV_NAME,
        None,
        "weight",
    )
