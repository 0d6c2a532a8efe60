"""Rates that move: the form of gan/rate.h that is written, `A to B linear over L..M warmup W`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import cos, pi
from typing import Any

from fields import Fields, NetworkError

NUMBER = r"[-+.0-9eE]+"
LENGTH = r"[.0-9]+(?:%| images| steps)"
FORM = re.compile(
    rf"(?P<first>{NUMBER})(?: to (?P<last>{NUMBER})(?: (?P<curve>linear|cosine))?"
    rf"(?: over (?:(?P<begin>{LENGTH})\.\.)?(?P<end>{LENGTH}))?)?(?: warmup (?P<warm>{LENGTH}))?"
)


@dataclass(frozen=True)
class Rate:
    """A number, or a curve between two. Lengths are texts, of images once a run's size is known."""

    first: float
    last: float
    curve: str = ""
    begin: str = "0 images"
    end: str = "0 images"
    warm: str = "0 images"

    @property
    def moves(self) -> bool:
        return self.curve != "" or images_of(self.warm, 1, 1) > 0

    def at(self, step: int, batch: int, steps: int) -> float:
        """The value that step number `step`, from 0, of a run of so many has."""
        x = float(step * batch)
        begin, end, warm = (images_of(t, batch, steps) for t in (self.begin, self.end, self.warm))
        share = min(max((x - begin) / (end - begin), 0.0), 1.0) if self.curve else 0.0
        if self.curve == "cosine":
            share = (1.0 - cos(pi * share)) / 2.0
        value = self.first + (self.last - self.first) * share
        return value * min(1.0, (x + batch) / warm) if warm > 0 else value


def images_of(length: str, batch: int, steps: int) -> float:
    value = float(re.match(r"[.0-9]+", length).group())  # type: ignore[union-attr]
    if length.endswith("%"):
        return value / 100.0 * steps * batch
    return value * batch if length.endswith("steps") else value


def parse_rate(value: Any, where: str) -> Rate:
    match = FORM.fullmatch(str(value).strip())
    if match is None:
        raise NetworkError(f"{where}: '{value}' is no number, and no schedule as it is written")
    given = {key: text for key, text in match.groupdict().items() if text is not None}
    first = float(given.pop("first"))
    if "last" in given:  # docs/schedules.md: linear, over the whole run
        given = {"curve": "linear", "end": "100%", **given}
    return Rate(first, float(given.pop("last", first)), **given)


def read_rate(fields: Fields, key: str, default: float | Rate) -> Rate:
    value = fields.get(key)
    if value is None:
        return default if isinstance(default, Rate) else Rate(default, default)
    return parse_rate(value, f"{fields.where}: {key}")
