"""What tests of the FHIR exports share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screening.fhir_questionnaire import Item


def walk(items: Iterable[Item]) -> Iterator[Item]:
    """Every item of a tree, parents first."""
    for item in items:
        yield item
        yield from walk(item.get("item", ()))
