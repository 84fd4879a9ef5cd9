"""Fields of a request's body, checked one by one: what is wrong is told with the field's name."""

from collections.abc import Mapping

from storage.store import Stage

DIGITS_MAX = 12


class BadRequest(ValueError):
    """The request cannot be read; the sentence names the field."""


def text_in(body: Mapping[str, object], name: str) -> str:
    """Return a text field. Raises BadRequest where it is missing or something else.

    A zero character is of no word and no path.
    """
    value = body.get(name)
    if not isinstance(value, str):
        raise BadRequest(f"{name} is missing" if value is None else f"{name} is not a text")
    if "\0" in value:
        raise BadRequest(f"{name} holds a zero character")
    return value


def stage_in(body: Mapping[str, object]) -> Stage | None:
    """Return the stage an approval names, None where it names none. Raises BadRequest."""
    value = body.get("stage")
    if value is None:
        return None
    try:
        return Stage(str(value))
    except ValueError as error:
        raise BadRequest(f"stage is one of {', '.join(Stage)}, not {value}") from error


def count_in(body: Mapping[str, object], name: str) -> int:
    """Return a whole number, 0 or more, given as a number or in digits. Raises BadRequest."""
    value = body.get(name)
    text = value if isinstance(value, str) else str(value)
    is_number = isinstance(value, str | int) and text.isascii() and text.isdigit()
    if not is_number or len(text) > DIGITS_MAX:
        raise BadRequest(f"{name} is missing" if value is None else f"{name} is no count: {text}")
    return int(text)
