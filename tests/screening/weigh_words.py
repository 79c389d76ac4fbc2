"""Learns the weights of words from the messages to tune on: `make weights`, when they or the lexicon changed.

Logistic regression, once for danger of any kind and once for each code, by one message after the other; large
weights are held back. It is written out, as a library of learning would be the largest of all that is
installed. Messages kept apart are not read.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

from screening.lexicon import Code
from screening.lexicon_file import parse
from screening.sightings import Sightings
from screening.word_weights import ANY, CONCEPT, Weights, traits_by_sentence, written

LEXICON = Path(__file__).parents[2] / "config" / "policy" / "lexicon"
MESSAGES = Path(__file__).parent / "red_flag_messages" / "tune.tsv"
ROUNDS = 15
STEP = 0.5
HELD_BACK = 1.0  # the penalty on the square of a weight, in messages
LEAST = 0.1  # a smaller weight is left out


def learned(messages: Sequence[tuple[str, str]], lexicon_text: str, of: Iterable[str] = ()) -> Weights:
    """Of the codes named, else of danger and of every code among the messages."""
    lexicon = parse(lexicon_text)
    sights = [set().union(*traits_by_sentence(Sightings(text, lexicon))) for _, text in messages]
    traits = sorted(set().union(*sights))
    number = {trait: n for n, trait in enumerate(traits)}
    told = [code for code, _ in messages]
    starts: dict[str, float] = {}
    each: dict[str, dict[str, float]] = {}
    for code in tuple(of) or (ANY, *sorted(set(told) - {"none"})):
        left_out = _phrases(lexicon.codes.get(code))
        rows = [[number[trait] for trait in sorted(seen - left_out)] for seen in sights]
        meant = [one != "none" if code == ANY else one == code for one in told]
        starts[code], found = _fitted(rows, meant, len(traits))
        for trait, weight in zip(traits, found, strict=True):
            if abs(weight) >= LEAST:
                each.setdefault(trait, {})[code] = weight
    return Weights(starts, each)


def _phrases(code: Code | None) -> set[str]:
    """Concepts that alone make a code act which always acts: whole phrases, taken down from messages.

    Weighed too, they would leave nothing to learn from the words in them.
    """
    if code is None or not code.always:
        return set()
    alone = (p.groups[0] for p in code.act_now + code.ask if len(p.groups) == 1)
    return {CONCEPT + name for group in alone if not group.then for name in group.first}


def _fitted(rows: Sequence[Sequence[int]], meant: Sequence[bool], number: int) -> tuple[float, list[float]]:
    """The start and a weight for each trait; with AdaGrad each has its own step, ever smaller."""
    counted = Counter(n for row in rows for n in row)
    held = [HELD_BACK / max(counted[n], 1) for n in range(number)]
    start, start_slope = math.log(sum(meant) / (len(meant) - sum(meant))), 1.0
    weights, slopes = [0.0] * number, [1.0] * number
    order = list(range(len(rows)))
    Random(1).shuffle(order)  # the messages lie code by code
    for _ in range(ROUNDS):
        for at in order:
            lean = 1 / (1 + math.exp(-start - sum([weights[n] for n in rows[at]]))) - meant[at]
            start_slope += lean**2
            start -= STEP * lean / math.sqrt(start_slope)
            for n in rows[at]:
                slope = lean + held[n] * weights[n]
                slopes[n] += slope**2
                weights[n] -= STEP * slope / math.sqrt(slopes[n])
    return start, weights


if __name__ == "__main__":
    lines = (line.split("\t") for line in MESSAGES.read_text("utf-8").splitlines())
    examples = [(code, text) for code, text in lines]
    found = learned(examples, (LEXICON / "en.toml").read_text("utf-8"))
    (LEXICON / "en.weights.tsv").write_text(written(found), "utf-8")
    print(f"{len(found.each)} words and concepts weighed, from {len(examples)} messages")
