"""Inline SVG: shapes with classes, never with styles, so that the page's own sheet colours them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from market.money import decimal_text

WIDTH = 360
LABEL_WIDTH = 78
_STEP = Decimal("0.1")

Length = Decimal | int


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, what it says in a sentence, and the same figures as a table."""

    name: str
    title: str
    description: str
    svg: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


class Drawing:
    """An SVG that grows; coordinates are pixels from the upper left corner of a fixed width."""

    def __init__(self, name: str, title: str, description: str, height: int) -> None:
        self._root = Element(
            "svg",
            {
                "viewBox": f"0 0 {WIDTH} {height}",
                "role": "img",
                "class": f"chart {name}",
                "aria-labelledby": f"{name}-title {name}-text",
            },
        )
        for tag, suffix, text in (("title", "title", title), ("desc", "text", description)):
            SubElement(self._root, tag, {"id": f"{name}-{suffix}"}).text = text

    def bar(self, kind: str, x: Length, y: Length, width: Length, height: Length) -> None:
        """Draw a rectangle; a negative width grows to the left."""
        left: Length = x if width >= 0 else Decimal(x) + width
        SubElement(
            self._root,
            "rect",
            {
                "class": kind,
                "x": length(left),
                "y": length(y),
                "width": length(Decimal(width).copy_abs()),
                "height": length(height),
            },
        )

    def line(self, kind: str, x1: Length, y1: Length, x2: Length, y2: Length) -> None:
        """Draw a straight line."""
        ends = {"x1": length(x1), "y1": length(y1), "x2": length(x2), "y2": length(y2)}
        SubElement(self._root, "line", {"class": kind, **ends})

    def path(self, kind: str, points: Sequence[tuple[Length, Length]]) -> None:
        """Draw a polyline through the points."""
        text = " ".join(f"{length(x)},{length(y)}" for x, y in points)
        SubElement(self._root, "polyline", {"class": kind, "points": text})

    def text(self, kind: str, x: Length, y: Length, text: str) -> None:
        """Write a text; the class says where it is anchored."""
        element = SubElement(self._root, "text", {"class": kind, "x": length(x), "y": length(y)})
        element.text = text

    def svg(self) -> str:
        """Return the markup; every text in it is escaped."""
        return tostring(self._root, encoding="unicode")


def length(value: Length) -> str:
    """Return a coordinate with one decimal at most."""
    return decimal_text(Decimal(value).quantize(_STEP))


def scaled(value: Decimal, largest: Decimal, width: int) -> Decimal:
    """Return how long a bar of `value` is where one of `largest` takes the whole width."""
    return Decimal(0) if largest == 0 else value / largest * width
