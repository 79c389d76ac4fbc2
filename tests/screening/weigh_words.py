"""Learns the weights of words from the messages to tune on: `make weights`, when they or the lexicon changed.

Logistic regression by gradient descent, the classes balanced and large weights held back. It is written out,
as a library of learning would be the largest of all that is installed. Messages kept apart are not read.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from screening.lexicon_file import parse
from screening.sightings import Sightings
from screening.word_weights import Weights, traits_by_sentence, written

LEXICON = Path(__file__).parents[2] / "config" / "policy" / "lexicon"
MESSAGES = Path(__file__).parent / "red_flag_messages" / "tune.tsv"
ROUNDS = 200
STEP = 0.3
HELD_BACK = 1.0  # the penalty on the square of a weight, in messages
LEAST = 0.05  # a smaller weight is left out


def learned(messages: Sequence[tuple[str, str]], lexicon_text: str) -> Weights:
    lexicon = parse(lexicon_text)
    sights = [set().union(*traits_by_sentence(Sightings(text, lexicon))) for _, text in messages]
    traits = sorted(set().union(*sights))
    number = {trait: n for n, trait in enumerate(traits)}
    rows = [[number[trait] for trait in sorted(seen)] for seen in sights]
    danger = [code != "none" for code, _ in messages]
    share = {kind: len(danger) / (2 * danger.count(kind)) for kind in (True, False)}
    start, weights = 0.0, [0.0] * len(traits)
    start_slope, slopes = 1.0, [1.0] * len(traits)  # AdaGrad: each weight has its own step, ever smaller
    for _ in range(ROUNDS):
        start_lean, leans = 0.0, [HELD_BACK * weight for weight in weights]
        for row, is_danger in zip(rows, danger, strict=True):
            odds = start + sum(weights[n] for n in row)
            lean = share[is_danger] * (1 / (1 + math.exp(-odds)) - is_danger)
            start_lean += lean
            for n in row:
                leans[n] += lean
        start_slope += start_lean**2
        start -= STEP * start_lean / math.sqrt(start_slope)
        for n, lean in enumerate(leans):
            slopes[n] += lean**2
            weights[n] -= STEP * lean / math.sqrt(slopes[n])
    return Weights(start, {t: w for t, w in zip(traits, weights, strict=True) if abs(w) >= LEAST})


if __name__ == "__main__":
    lines = (line.split("\t") for line in MESSAGES.read_text("utf-8").splitlines())
    examples = [(code, text) for code, text in lines]
    found = learned(examples, (LEXICON / "en.toml").read_text("utf-8"))
    (LEXICON / "en.weights.tsv").write_text(written(found), "utf-8")
    print(f"{len(found.each)} weights from {len(examples)} messages")
