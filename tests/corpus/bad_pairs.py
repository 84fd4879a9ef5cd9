"""Bad pairs by class of never-twice-never-lost.md section D, built by code.

Each is spoiled in one way and says which refusal must come, in which file, line and field.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from statemachine.reasons import Reason
from tests.support.pairs import (
    CONTEXT_NAME,
    CSV_NAME,
    HEADER,
    ROWS,
    context_bytes,
    context_text,
    context_without,
    csv_bytes,
    csv_text,
    row,
)

# The line of a refusal where only the parser knows at which token it gave up.
ANYWHERE = -1


@dataclass(frozen=True, slots=True)
class BadPair:
    """One spoiled pair and the first refusal that must come of it."""

    name: str
    csv: bytes
    context: bytes
    reason: Reason
    file: str
    line: int | None
    field: str | None


def bad_csv(
    name: str, csv: bytes, reason: Reason, line: int | None, field: str | None = None
) -> BadPair:
    return BadPair(name, csv, context_bytes(), reason, CSV_NAME, line, field)


def bad_context(
    name: str, context: bytes, reason: Reason, line: int | None, field: str | None = None
) -> BadPair:
    return BadPair(name, csv_bytes(), context, reason, CONTEXT_NAME, line, field)


def half_written() -> Iterator[BadPair]:
    whole = csv_bytes()
    yield bad_csv("zero bytes", b"", Reason.CSV_TRUNCATED, 1)
    yield bad_csv("cut in the header", whole[:20], Reason.CSV_TRUNCATED, 1)
    yield bad_csv("cut in a row", whole[:-12], Reason.CSV_TRUNCATED, 4)
    yield bad_csv("cut before the last newline", whole[:-1], Reason.CSV_TRUNCATED, 4)
    yield bad_csv(
        "cut at a line end", csv_bytes(ROWS[:2]), Reason.EXPOSURE_MISMATCH, None, "weight"
    )
    yield bad_csv(
        "cut inside a character", whole[: whole.index("银".encode()) + 1], Reason.ENCODING, 2
    )
    yield bad_csv(
        "too few fields", csv_bytes((*ROWS, "20251107,600000")), Reason.CSV_FIELD_COUNT, 5
    )
    yield bad_csv("too many fields", csv_bytes((*ROWS, row() + ",1")), Reason.CSV_FIELD_COUNT, 5)
    yield bad_csv("a blank line", csv_bytes((ROWS[0], "", *ROWS[1:])), Reason.CSV_FIELD_COUNT, 3)
    yield bad_csv("a blank line at the end", csv_bytes((*ROWS, "")), Reason.CSV_FIELD_COUNT, 5)
    yield bad_context("zero bytes", b"", Reason.JSON_SYNTAX, 1)
    yield bad_context("cut", context_bytes()[:-3], Reason.JSON_SYNTAX, 13)


def headers() -> Iterator[BadPair]:
    yield bad_csv("no code column", b"weight\n0.45\n", Reason.CSV_HEADER, 1, "ts_code")
    yield bad_csv("no weight column", b"code\n600000.SH\n", Reason.CSV_HEADER, 1, "weight")
    yield bad_csv("blank header", b"\n\n", Reason.CSV_HEADER, 1, "ts_code")
    yield bad_csv(
        "header in capitals", b"TS_CODE,weight\n600000.SH,0.45\n", Reason.CSV_HEADER, 1, "ts_code"
    )
    yield bad_csv(
        "two byte order marks",
        b"\xef\xbb\xbf" * 2 + b"code,weight\n600000.SH,0.45\n",
        Reason.CSV_HEADER,
        1,
        "ts_code",
    )
    yield bad_csv(
        "semicolons", csv_text().replace(",", ";").encode(), Reason.CSV_HEADER, 1, "ts_code"
    )
    doubled = "code,weight,weight\n600000.SH,0.45,0.45\n"
    yield bad_csv("weight twice", doubled.encode(), Reason.CSV_DUPLICATE_HEADER, 1, "weight")
    other = "code,weight,note,note\n600000.SH,0.45,,\n"
    yield bad_csv("another name twice", other.encode(), Reason.CSV_DUPLICATE_HEADER, 1, "note")


def weights() -> Iterator[BadPair]:
    syntax = {
        "NaN": "NaN",
        "nan": "nan",
        "infinity": "inf",
        "minus infinity": "-Infinity",
        "underscore": "1_000",
        "full-width": "０.２",
        "full-width point": "0．2",
        "arabic digit": "٣",
        "superscript": "²",
        "comma as point, quoted": '"0,5"',
        "per cent": "20%",
        "blank": "",
        "only spaces": "  ",
        "space before": " 0.2",
        "tab after": "0.2\t",
        "plus": "+0.2",
        "two points": "0.2.1",
        "no digit before the point": ".2",
        "no digit after the point": "2.",
        "leading zero": "00.2",
        "hexadecimal": "0x1p-2",
        "formula": "=0.1+0.1",
        "words": "none",
        "exponent of four digits": "1e9999",
        "too many decimals": "1e-61",
        "sixty-five characters": "0." + "1" * 63,
        "unicode minus": "−0.2",
    }
    for name, text in syntax.items():
        yield bad_csv(f"weight {name}", csv_bytes((row(text),)), Reason.NUMBER_SYNTAX, 2, "weight")


def weights_out_of_bounds() -> Iterator[BadPair]:
    out_of_range = {
        "negative": "-0.1",
        "minus zero": "-0",
        "minus zero point zero": "-0.0",
        "above one": "1.0000000001",
        "a percentage": "20",
        "1e400": "1e400",
    }
    for name, text in out_of_range.items():
        yield bad_csv(f"weight {name}", csv_bytes((row(text),)), Reason.WEIGHT_RANGE, 2, "weight")
    yield bad_csv(
        "weights sum too high",
        csv_bytes((row("0.4550000001"),)),
        Reason.EXPOSURE_MISMATCH,
        None,
        "weight",
    )
    yield bad_csv(
        "weights in per cent of target",
        csv_bytes((row("1"),)),
        Reason.EXPOSURE_MISMATCH,
        None,
        "weight",
    )
    both = "code,weight,target_weight\n600000.SH,0.45,"
    yield bad_csv(
        "two weights that differ",
        f"{both}0.44\n".encode(),
        Reason.WEIGHT_CONFLICT,
        2,
        "target_weight",
    )
    yield bad_csv(
        "a blank beside a weight",
        f"{both}\n".encode(),
        Reason.NUMBER_SYNTAX,
        2,
        "target_weight",
    )


def encodings() -> Iterator[BadPair]:
    text = csv_text()
    yield bad_csv("GBK", text.encode("gbk"), Reason.ENCODING, 2)
    yield bad_csv("GB18030 with mark", text.encode("gb18030"), Reason.ENCODING, 2)
    yield bad_csv("UTF-16 with mark", text.encode("utf-16"), Reason.ENCODING, 1)
    yield bad_csv("UTF-16 without mark", text.encode("utf-16-le"), Reason.ENCODING, 1)
    yield bad_csv("UTF-32", text.encode("utf-32"), Reason.ENCODING, 1)
    mixed = csv_bytes(ROWS[:2]) + (ROWS[2] + "\n").encode("gbk")
    yield bad_csv("UTF-8 and GBK mixed", mixed, Reason.ENCODING, 4)
    yield bad_csv(
        "Latin-1", text.replace("银行", "é").encode("latin-1", "replace"), Reason.ENCODING, 2
    )
    yield bad_csv("overlong UTF-8", csv_bytes() + b"\xc0\xaf\n", Reason.ENCODING, 5)
    yield bad_csv("a NUL byte", csv_bytes().replace(b"0.8", b"0\x008"), Reason.NUL_BYTES, 3)
    yield bad_csv("a tail of NUL bytes", csv_bytes() + b"\x00" * 64, Reason.NUL_BYTES, 5)
    yield bad_csv("a lone quote", csv_bytes((row(ts_code='"600000.SH'),)), Reason.CSV_SYNTAX, 2)
    yield bad_csv(
        "text after a quote", csv_bytes((row(ts_code='"600000"SH'),)), Reason.CSV_SYNTAX, 2
    )
    long_field = csv_bytes((*ROWS, row("9" * 200_000)))
    yield bad_csv("a field of 200,000 characters", long_field, Reason.CSV_SYNTAX, 5)
    yield bad_context("GBK", context_text(x="银行").encode("gbk"), Reason.ENCODING, 14)
    yield bad_context("UTF-16", context_text().encode("utf-16"), Reason.ENCODING, 1)
    yield bad_context("a NUL byte", b"\x00" + context_bytes(), Reason.NUL_BYTES, 1)


def codes() -> Iterator[BadPair]:
    spellings = {
        "lost zeros with suffix": ("1.SZ", Reason.CODE_SYNTAX),
        "lost zeros": ("1", Reason.CODE_SYNTAX),
        "five digits": ("00001.SZ", Reason.CODE_SYNTAX),
        "seven digits": ("0000001.SZ", Reason.CODE_SYNTAX),
        "lower case": ("600000.sh", Reason.CODE_SYNTAX),
        "prefix convention": ("sh600000", Reason.CODE_SYNTAX),
        "JoinQuant convention": ("600000.XSHG", Reason.CODE_SYNTAX),
        "Excel's scientific number": ("1E+05", Reason.CODE_SYNTAX),
        "a float": ("600000.0", Reason.CODE_SYNTAX),
        "cyrillic look-alike": ("600000.ЅH", Reason.CODE_SYNTAX),
        "full-width digits": ("６０００００.SH", Reason.CODE_SYNTAX),
        "space around": (" 600000.SH", Reason.CODE_SYNTAX),
        "only a space": (" ", Reason.CODE_SYNTAX),
        "formula": ("=cmd()", Reason.CODE_SYNTAX),
        "apostrophe": ("'600000.SH", Reason.CODE_SYNTAX),
        "wrong market": ("600000.SZ", Reason.CODE_WRONG_EXCHANGE),
        "bare unknown prefix": ("999999", Reason.CODE_UNKNOWN_SEGMENT),
        "bare B share": ("900901", Reason.CODE_NOT_IN_UNIVERSE),
        "B share": ("900901.SH", Reason.CODE_NOT_IN_UNIVERSE),
        "fund": ("510300.SH", Reason.CODE_NOT_IN_UNIVERSE),
        "index": ("000001.SH", Reason.CODE_NOT_IN_UNIVERSE),
        "old Beijing code": ("430047.BJ", Reason.CODE_NOT_IN_UNIVERSE),
        "Hong Kong": ("00700.HK", Reason.CODE_SYNTAX),
    }
    for name, (text, reason) in spellings.items():
        csv = csv_bytes((row("0.45", text),))
        yield bad_csv(f"code {name}", csv, reason, 2, "ts_code")
    yield bad_csv("no code", csv_bytes((row("0.45", ""),)), Reason.CODE_MISSING, 2, "ts_code")
    yield bad_csv(
        "two codes that differ",
        csv_bytes((row("0.45", "600000.SH", "600036.SH"),)),
        Reason.CODE_CONFLICT,
        2,
        "code",
    )
    yield bad_csv(
        "a bad second code",
        csv_bytes((row("0.45", "600000.SH", "1"),)),
        Reason.CODE_SYNTAX,
        2,
        "code",
    )


def dates() -> Iterator[BadPair]:
    for text in ("2025-11-31", "20251301", "20251107.5", "7/11/2025", "45968", "None"):
        csv = csv_bytes((row("0.45", day=text),))
        yield bad_csv(f"row date {text}", csv, Reason.DATE_SYNTAX, 2, "trade_date")
    later = csv_bytes((row("0.2"), row("0.25", "000001.SZ", day="20251108")))
    yield bad_csv("a row after the signal", later, Reason.DATE_MISMATCH, 3, "trade_date")
    for text in ("2025-11-07", "20251131", "2025117", "20251107 ", "２０２５１１０７", ""):
        yield bad_context(
            f"trade_date {text!r}",
            context_bytes(trade_date=text),
            Reason.DATE_SYNTAX,
            2,
            "trade_date",
        )
    number = context_bytes(trade_date=20251107)
    yield bad_context("trade_date a number", number, Reason.CONTEXT_FIELD, 2, "trade_date")


def contexts() -> Iterator[BadPair]:
    field = Reason.CONTEXT_FIELD
    for name in ("trade_date", "risk_checks", "target_exposure"):
        yield bad_context(f"{name} missing", context_without(name), field, None, name)
    for name, value in (("a list", []), ("text", "ok"), ("null", None), ("true", True)):
        context = context_bytes(risk_checks=value)
        yield bad_context(f"risk_checks {name}", context, field, 9, "risk_checks")
    for name, wrong in (("text", "0.45"), ("null", None), ("true", True)):
        context = context_bytes(target_exposure=wrong)
        yield bad_context(f"target_exposure {name}", context, field, 8, "target_exposure")
    for number in (-0.1, 1.5, 1e300):
        context = context_bytes(target_exposure=number)
        reason = Reason.WEIGHT_RANGE
        yield bad_context(f"target_exposure {number}", context, reason, 8, "target_exposure")
    champion = context_bytes(active_champion_id=7)
    yield bad_context("champion a number", champion, field, 3, "active_champion_id")
    lone = context_bytes().replace(b"seed_", rb"\ud800")
    yield bad_context("half a character", lone, field, 3, "active_champion_id")
    yield bad_context(
        "volatility text",
        context_bytes(position_info={"market_volatility": "0.1"}),
        field,
        5,
        "position_info.market_volatility",
    )
    yield bad_context(
        "position_info text", context_bytes(position_info="x"), field, 4, "position_info"
    )


def json_syntax() -> Iterator[BadPair]:
    text = context_text()
    syntax = Reason.JSON_SYNTAX
    yield bad_context("a list", b"[]", syntax, 1)
    yield bad_context("null", b"null", syntax, 1)
    yield bad_context("a comment", ("// x\n" + text).encode(), syntax, 1)
    yield bad_context("a trailing comma", text.replace("true\n", "true,\n").encode(), syntax, 13)
    yield bad_context("single quotes", text.replace('"', "'").encode(), syntax, 2)
    yield bad_context("two documents", (text + text).encode(), syntax, 14)
    yield bad_context("a raw tab in text", text.replace("seed_", "a\tb").encode(), syntax, 3)
    nan = text.replace("0.1659", "NaN").encode()
    yield bad_context("NaN", nan, syntax, 6, "position_info.market_volatility")
    infinite = text.replace("0.45", "-Infinity").encode()
    yield bad_context("minus Infinity", infinite, syntax, 8, "target_exposure")
    huge = text.replace("0.45", "1" + "0" * 999_000).encode()
    yield bad_context(
        "an int of a million digits", huge, Reason.NUMBER_SYNTAX, 8, "target_exposure"
    )
    doubled = text.replace("{\n", '{\n  "target_exposure": 0.1,\n', 1).encode()
    yield bad_context("a key twice", doubled, Reason.JSON_DUPLICATE_KEY, 9, "target_exposure")
    escaped = text.replace("{\n", '{\n  "\\u0074rade_date": "20251106",\n', 1).encode()
    yield bad_context(
        "a key twice, once escaped", escaped, Reason.JSON_DUPLICATE_KEY, 3, "trade_date"
    )
    inner = text.replace("0.1659", '0.1659,\n    "trend_state": 1').encode()
    yield bad_context(
        "an inner key twice", inner, Reason.JSON_DUPLICATE_KEY, 7, "position_info.trend_state"
    )
    quotes = b'{"a": "' + rb"\"" * 400_000
    yield bad_context("an endless text of escaped quotes", quotes, syntax, 1)
    deep = b"[" * 100_000 + b"]" * 100_000
    yield bad_context("100,000 brackets", deep, Reason.JSON_TOO_DEEP, None)
    nested = context_bytes(x=None).replace(b"null", b'{"a":' * 64 + b"1" + b"}" * 64)
    yield bad_context("65 levels", nested, Reason.JSON_TOO_DEEP, None)


def sizes() -> Iterator[BadPair]:
    many = csv_bytes([row("0")] * 20_001)
    yield bad_csv("20,001 rows", many, Reason.CSV_TOO_MANY_ROWS, 20_002)
    yield bad_csv("17 MB", b"x" * 17_000_000, Reason.FILE_TOO_LARGE, None)
    yield bad_context("2 MB", b" " * 2_000_000, Reason.FILE_TOO_LARGE, None)
    header = f"{HEADER}," + ",".join(f"c{number}" for number in range(50_000))
    wide = csv_bytes((row("0.45"),), header)
    yield bad_csv("50,000 columns", wide, Reason.CSV_FIELD_COUNT, 2)
