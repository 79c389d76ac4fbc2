"""The safety policy in words, for whoever must read it before signing."""

from __future__ import annotations

from collections.abc import Iterator

from bot.texts import Catalogue
from screening.policy import FindingRow, Policy


def describe(policy: Policy, catalogue: Catalogue) -> Iterator[str]:
    """The policy in words, a section an item."""
    yield f"Safety policy, version {policy.version} ({policy.status}). Content {policy.content_hash[:12]}."
    yield "Not medical advice. A responsible clinician must read, change and sign it before use."
    for item in policy.items.values():
        yield ""
        yield f"{item.id}  asked {item.when_asked}; for {', '.join(item.applies_to) or 'all'}"
        for row in policy.findings.values():
            if row.item == item.id:
                yield f"  {row.code}: {_row(row)}"
                key = f"finding.{row.code}"
                if catalogue.has(key):
                    yield f"      {catalogue.say('en', key)}"


def _row(row: FindingRow) -> str:
    words = [row.outcome.name.lower()]
    if row.tier is not None:
        words.append(f"tier {row.tier.value}")
    if row.hours is not None:
        words.append(f"at least {row.hours} h")
    if row.days is not None:
        words.append(f"at least {row.days} days")
    if row.outcome.value >= 2:
        words.append(f"time: {row.slot.value}; lifted by {row.group.lift_by.value}")
        words.append(", ".join(row.group.needs) or "no further condition")
    if row.needs_letter:
        words.append("needs a letter")
    if row.sources:
        words.append(f"sources {row.sources}")
    return "; ".join(words)
