"""Values of a parsed YAML map, each with its place, so that a mistake can name it."""

from __future__ import annotations

import difflib
from reprlib import repr as short
from typing import Any, Optional

from layers import Pair


class NetworkError(ValueError):
    """A description that cannot be built; the text says where and why."""


class Fields:
    """A map of the description that knows where it stands and which keys were asked for."""

    def __init__(self, value: Any, where: str) -> None:
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise NetworkError(f"{where}: expected a map, found {short(value)}")
        self.where = where
        self._map = value
        self._known: list[str] = []

    def fail(self, text: str) -> NetworkError:
        return NetworkError(f"{self.where}: {text}")

    def missing(self, key: str) -> NetworkError:
        close = difflib.get_close_matches(key, [k for k in self._map if isinstance(k, str)], n=1)
        return self.fail(f"'{key}' is missing" + (f", found '{close[0]}'" if close else ""))

    def get(self, key: str, default: Any = None) -> Any:
        self._known.append(key)
        return self._map.get(key, default)

    def has(self, key: str) -> bool:
        return key in self._map

    def number(self, key: str, default: Optional[float] = None) -> float:
        """A real number; `1e-3` too, which YAML 1.1 reads as a word."""
        value = self.get(key, default)
        if value is None:
            raise self.missing(key)
        return as_number(value, f"{self.where}: {key}")

    def count(self, key: str, default: Optional[int] = None) -> int:
        value = self.get(key, default)
        if value is None:
            raise self.missing(key)
        return as_count(value, 1, f"{self.where}: {key}")

    def pair(self, key: str, default: Optional[int] = None, least: int = 1) -> Pair:
        """One number for both directions, or [h, w]."""
        value = self.get(key, default)
        if value is None:
            raise self.missing(key)
        values = value if isinstance(value, list) else [value, value]
        if len(values) != 2:
            raise self.fail(f"'{key}' is one whole number or [height, width], found {short(value)}")
        h, w = (as_count(v, least, f"{self.where}: {key}") for v in values)
        return h, w

    def flag(self, key: str, default: bool) -> bool:
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise self.fail(f"'{key}' is true or false, found {short(value)}")
        return value

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        """One of `known`; the first is the default."""
        value = self.get(key, known[0])
        if value not in known:
            raise self.fail(f"'{key}' is {nearest(value, known)}")
        return value

    def finish(self) -> None:
        """Refuses keys that nothing asked for. Call it last."""
        for key in self._map:
            if key not in self._known:
                raise self.fail(f"unknown key: {nearest(key, tuple(self._known))}")


def nearest(word: Any, known: tuple[str, ...]) -> str:
    """A sentence for a word that is not among the known ones."""
    close = difflib.get_close_matches(str(word), known, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}"
    return f"'{word}', {hint}"


def as_number(value: Any, where: str) -> float:
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not abs(number) < float("inf"):
        raise NetworkError(f"{where}: expected a finite number, found {short(value)}")
    return number


def as_count(value: Any, least: int, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise NetworkError(f"{where}: expected a whole number >= {least}, found {short(value)}")
    return value


def explicit_pads(value: Any, where: str) -> tuple[int, int, int, int]:
    """N, [h, w], or [top, left, bottom, right]."""
    values = value if isinstance(value, list) else [value] * 4
    if len(values) == 2:
        values = values * 2
    if len(values) != 4:
        raise NetworkError(
            f"{where}: padding is same, valid, a whole number, [h, w] or "
            f"[top, left, bottom, right], found {short(value)}"
        )
    top, left, bottom, right = (as_count(v, 0, f"{where}: padding") for v in values)
    return top, left, bottom, right
