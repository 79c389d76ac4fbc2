"""The policy that ships, and the policies that are refused: each fault is a sentence with file and row."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.clinic import EXAMPLE
from screening import files, policy
from screening.policy import LiftBy, Outcome, PolicyError, Slot, Tier
from tests.screening.rounds_of_taps import about, codes, shipped, tapped

RELAPSE_GROUP = {
    "relapse_current",
    "new_or_worse_symptom_over_24h",
    "relapse_ended_under_30d",
    "visual_blur_over_days",
    "falls_increasing",
}
REVIEW = {
    *("relapse_unsure", "change_unsure", "medicine_unsure", "item_unsure", "conditions_unsure"),
    *("red_flag_unsure", "answers_conflict"),
}
NO_DATE = {
    *("foot_ulcer", "skin_contagious", "shingles_active", "pressure_sore_open", "spasticity_sudden_increase"),
    *("ac_soreness_over_72h", "ac_lethargy_over_24h", "ac_large_bruise"),
}
TIER_D = {
    *("faint_unexplained_24h", "cancer_new_spine_pain", "one_limb_swollen_hot", "foot_hot_red_swollen"),
    *("spreading_skin_infection", "suspected_fracture", "bp_crisis_no_symptoms", "headache_new_danger"),
    *("very_ill_no_fever", "thinner_bleeding", "ac_dark_urine"),
}
LETTERS = {
    *("cancer_active_no_ok", "stroke_tia_under_3m", "clot_under_6m", "heart_event_or_unstable"),
    *("fracture_recent", "bone_metastases", "pregnancy_no_ok", "seizure_uncontrolled", "organ_failure"),
    "doctor_advised_against",
}


def with_change(file: str, old: str, new: str, add: str = "") -> dict[str, str]:
    texts = files.shipped()
    assert old in texts[file], old
    texts[file] = texts[file].replace(old, new, 1) + add
    return texts


def coded(slot: Slot) -> set[str]:
    return {
        row.code for row in shipped().findings.values() if row.slot is slot and row.outcome == Outcome.DEFER
    }


def test_the_shipped_policy_says_who_it_is() -> None:
    rules = shipped()
    assert (rules.version, rules.status, rules.review.approved_by) == ("1.0.2", "draft", "")
    assert len(rules.content_hash) == 64
    assert policy.load(files.shipped()).content_hash == rules.content_hash
    assert rules.content_hash != policy.load(with_change("policy.toml", '"1.0.2"', '"1.0.3"')).content_hash


def test_rule_16_as_in_the_reference() -> None:
    rows = shipped().findings.values()
    assert coded(Slot.PROVISIONAL) == RELAPSE_GROUP
    assert coded(Slot.REVIEW) == REVIEW
    assert coded(Slot.FREED) == NO_DATE
    assert coded(Slot.KEPT) == {"unanswered", "system_error"}
    by_staff = {row.code for row in rows if row.slot is Slot.MOVED and row.lift_by is LiftBy.STAFF}
    assert by_staff == {"orthostatic_new", "surgery_under_6w", "chemo_under_72h", "bp_high"}
    for row in rows:
        if row.outcome >= Outcome.CLEARANCE:
            assert row.lift_by is LiftBy.LEAD, row.code
            assert row.slot is (Slot.CANCELLED if row.outcome is Outcome.URGENT else Slot.WAITS), row.code
    assert shipped().row("relapse_unsure").lift_by is LiftBy.LEAD


def test_tiers_and_letters_as_in_the_reference() -> None:
    rows = [row for row in shipped().findings.values() if row.outcome is Outcome.URGENT]
    assert {row.code for row in rows if row.tier is Tier.D} == TIER_D
    assert {row.code for row in rows if row.tier is Tier.C} == {"suicidal_thoughts", "abuse_disclosed"}
    assert {row.code for row in shipped().findings.values() if row.needs_letter} == LETTERS


def test_every_row_can_be_printed() -> None:
    for row in shipped().findings.values():
        item = shipped().items[row.item]
        assert item.section == row.section
        assert row.sources or row.item in ("U", "P0"), row.code
    assert shipped().items["N1"].applies_to == ("ms",)
    assert shipped().items["K1"].when_asked == "B"


def test_keys_name_all_that_a_language_needs() -> None:
    keys = shipped().keys()
    assert {
        "check.a",
        "check.c.10",
        "check.c.15p.b",
        "check.d.1m",
        "detail.dfit.2.b",
        "detail.dache.1x",
    } <= keys
    assert {"urgent.add.hypo_severe", "who_first.foot_ulcer", "adapt.skin_local", "button.still"} <= keys
    assert EXAMPLE is not None
    catalogue = Path(__file__).parents[2] / "bot" / "locales" / "en"
    words = "".join(file.read_text(encoding="utf-8") for file in sorted(catalogue.glob("*.po")))
    assert [key for key in sorted(keys) if f'msgid "{key}"' not in words] == []


FAULTS = [
    ("cards_check.toml", 'gives = ["new_confusion"]', 'gives = ["new_confusoin"]', "new_confusoin"),
    ("cards_check.toml", 'opens = "DREL"', 'opens = "DRELL"', "DRELL"),
    ("cards_check.toml", 'for = ["ms", "autoimmune"]', 'for = ["ms", "autoimune"]', "autoimune"),
    ("cards_check.toml", 'id = "A2"', 'id = "A1"', '"A1" is used twice'),
    ("cards_check.toml", 'kind = "gate"', 'kind = "gait"', "gait"),
    ("cards_details.toml", 'id = "DSTR"', 'id = "DSTROKE"', "DSTR"),
    ("a_red_flags.toml", 'outcome = "urgent", tier = "E", ', 'outcome = "urgent", ', "has no tier"),
    ("b_nerve.toml", 'group = "relapse", ', "", "nobody can lift"),
    ("b_nerve.toml", 'note = ["pressure"', 'notes = ["pressure"', '"notes"'),
    ("d_illness.toml", 'code = "intoxicated"', 'code = "drunk"', "drunk"),
    ("d_illness.toml", 'group = "dated", hours = 48', 'group = "dated"', "without hours or days"),
    ("u_unknown.toml", 'code = "item_unsure"', 'code = "item_unsur"', "item_unsure"),
    ("policy.toml", 'lift_by = "nobody"', 'lift_by = "somebody"', "somebody"),
    ("policy.toml", 'cards = ["T"]', 'cards = ["TT"]', "TT"),
    ("policy.toml", "[phase.recheck]", "[phase.recheque]", 'lacks the round "recheck"'),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), FAULTS, ids=[fault[3] for fault in FAULTS])
def test_a_bad_policy_is_refused_in_a_sentence(file: str, old: str, new: str, said: str) -> None:
    with pytest.raises(PolicyError) as refused:
        policy.load(with_change(file, old, new))
    assert any(said in sentence and sentence.endswith(".") for sentence in refused.value.sentences)


def test_a_caution_without_a_note_must_say_so() -> None:
    bare = '{ code = "ache_everyday", outcome = "caution"'
    row = f'{bare}, note = ["pressure", "heat", "position", "avoid", "extra"]'
    with pytest.raises(PolicyError, match="without a therapist note"):
        policy.load(with_change("b_nerve.toml", row, bare))
    assert policy.load(with_change("b_nerve.toml", row, f"{bare}, no_note = true"))


def test_what_cannot_be_reached_is_refused() -> None:
    card = '\n[[card]]\nid = "DX"\nkey = "detail.dx"\nkind = "choice"\nitem = "N2"\noptions = [{ n = "1" }]\n'
    with pytest.raises(PolicyError, match='"DX" can never be reached'):
        policy.load(with_change("cards_details.toml", "", "", card))
    item = (
        '\n[[item]]\nid = "Z1"\nsection = "B"\nwhen = "BS"\n'
        'findings = [{ code = "zzz", outcome = "defer", group = "review" }]\n'
    )
    with pytest.raises(PolicyError, match='"Z1" can never be reached'):
        policy.load(with_change("b_nerve.toml", "", "", item))


def test_a_new_question_is_one_file() -> None:
    texts = files.shipped()
    texts["z_sunburn.toml"] = """
[[item]]
id = "Z1"
section = "E"
when = "S"
applies_to = ["ms"]
sources = "S1"
findings = [{ code = "sunburn_bad", outcome = "defer", group = "dated", days = 3 }]

[[line]]
id = "E99"
card = "E"
n = "99"
for = ["ms"]
opens = "DSUN"

[[card]]
id = "DSUN"
key = "detail.dsun"
kind = "choice"
item = "Z1"
options = [
  { n = "1", gives = ["sunburn_bad"] },
  { n = "2" },
  { code = "unsure", gives = ["item_unsure"] },
]
"""
    rules = policy.load(texts)
    taps = ("none",) * 4 + ("some", "check.e.99", "thatsall", "detail.dsun.1")
    assert codes(tapped("check", about(), *taps, rules=rules)) == {"sunburn_bad"}
    assert {"check.e.99", "detail.dsun.2.b", "finding.sunburn_bad"} <= rules.keys()


def cut(*missing: str) -> policy.Policy:
    """The policy without these rows and cards, which a later version brings."""
    import re

    texts = files.shipped()
    for name, text in texts.items():
        kept = []
        for block in re.split(r"(?m)^(?=\[\[)", text):
            head = re.search(r'^id = "(\w+)"', block, re.M)
            if head and head.group(1) in missing:
                continue
            lines = [
                line for line in block.splitlines() if not any(f'{{ code = "{m}"' in line for m in missing)
            ]
            kept.append("\n".join(lines) + "\n")
        texts[name] = "".join(kept)
    names = ", ".join(f'"{name}"' for name in missing)
    texts["policy.toml"] = texts["policy.toml"].replace("not_yet = []", f"not_yet = [{names}]")
    return policy.load(texts)


def test_a_row_that_is_not_yet_in_the_policy_goes_to_a_person() -> None:
    rules = cut("DREL", "relapse_current", "relapse_over_6m")
    taps = ("none", "none", "none", "some", "check.d.1m", "thatsall")
    progress = tapped("check", about(), *taps, rules=rules)
    assert [(found.code, found.wanted) for found in progress.findings] == [("item_unsure", "DREL")]
    rules = cut("new_confusion")
    progress = tapped("check", about(), "some", "check.a.8", "detail.dseen.1", rules=rules)
    assert [(found.code, found.wanted) for found in progress.findings] == [("item_unsure", "new_confusion")]


def test_a_condition_that_is_not_yet_in_the_policy_goes_to_a_person() -> None:
    texts = files.shipped()
    texts["policy.toml"] = texts["policy.toml"].replace("not_yet = []", 'not_yet = ["parkinsons"]')
    rules = policy.load(texts)
    progress = tapped("check", about(("parkinsons",)), rules=rules)
    assert [(found.code, found.wanted) for found in progress.findings] == [("item_unsure", "parkinsons")]
    unheard = tapped("check", about(("lyme",)))
    assert [(found.code, found.wanted) for found in unheard.findings] == [("item_unsure", "lyme")]


def test_not_toml_is_a_sentence_too() -> None:
    with pytest.raises(PolicyError, match="policy.toml is not TOML"):
        policy.load({**files.shipped(), "policy.toml": "version ="})
