"""The cards of gates.md, walked: who sees which, in how many taps, and what every odd answer leads to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from screening.questionnaire import Answer, NotOffered, replay, take, undo
from tests.screening.rounds_of_taps import OLD_OK, TODAY, about, codes, shipped, tapped, walk

# profile of gates.md: (conditions, C, G, E beyond E1-E7, T)
PROFILES = {
    "MS": (("ms",), "1 2 3 4 5 6", "", "", "1 2 3 4 5 6", ""),
    "MS, numb feet": (("ms", "numb_feet"), "1 2 3 4 5 6 10 11 12", "", "", "1 2 3 4 5 6 8", ""),
    "MS with pump": (("ms", "pump_or_baclofen"), "1 2 3 4 5 6 7", "", "", "1 2 3 4 5 6", ""),
    "MS with pump, numb feet": (
        ("ms", "pump_or_baclofen", "numb_feet"),
        "1 2 3 4 5 6 7",
        "10 11 12",
        "",
        "1 2 3 4 5 6 8",
        "",
    ),
    "Diabetic neuropathy": (
        ("neuropathy_diabetes",),
        "1 2 3 4 10 11 12 13 14",
        "",
        "",
        "1 2 3 4 5 6 7 8",
        "",
    ),
    "Neuropathy after chemo, cancer active": (
        ("neuropathy_chemo", "cancer_now"),
        "1 2 3 4 9 10 11 12",
        "",
        "10 11",
        "1 2 3 4 5 6 8 10",
        "",
    ),
    "Neuropathy after chemo, cancer past": (
        ("neuropathy_chemo",),
        "1 2 3 4 9 10 11 12",
        "",
        "10 11",
        "1 2 3 4 5 6 8 10",
        "",
    ),
    "Other neuropathy": (("neuropathy_other",), "1 2 3 4 10 11 12", "", "", "1 2 3 4 5 6 8", ""),
    "Autoimmune neuropathy": (("autoimmune",), "1 2 3 4 5 10 11 12", "", "", "1 2 3 4 5 6 8", ""),
    "Parkinson's": (("parkinsons",), "1 2 3 4 8", "", "", "1 2 3 4 5 6", ""),
    "Stroke": (("stroke",), "1 2 3 4", "", "", "1 2 3 4 5 6", ""),
    "Spinal cord injury": (("spinal_cord",), "1 2 3 4 6", "", "", "1 2 3 4 5 6", ""),
    "MS, pregnancy possible": (
        ("ms", "pregnancy_possible"),
        "1 2 3 4 5 6 15 16",
        "",
        "8",
        "1 2 3 4 5 6",
        "",
    ),
    "MS + epilepsy": (("ms", "epilepsy"), "1 2 3 4 5 6", "", "9", "1 2 3 4 5 6", ""),
    "MS + diabetes": (("ms", "diabetes"), "1 2 3 4 5 6 10 11 12", "13 14", "", "1 2 3 4 5 6 7 8", ""),
    "MS + cancer active": (("ms", "cancer_now"), "1 2 3 4 5 6 9", "", "10 11", "1 2 3 4 5 6 10", ""),
    "Stroke + high blood pressure + thinner": (
        ("stroke", "high_blood_pressure", "blood_thinner"),
        "1 2 3 4 15",
        "",
        "10",
        "1 2 3 4 5 6 9",
        "",
    ),
    "Diabetic neuropathy + high blood pressure": (
        ("neuropathy_diabetes", "high_blood_pressure"),
        "1 2 3 4 10 11 12 13 14",
        "15",
        "",
        "1 2 3 4 5 6 7 8 9",
        "",
    ),
    "Parkinson's + diabetes + high blood pressure": (
        ("parkinsons", "diabetes", "high_blood_pressure"),
        "1 2 3 4 8 10 11 12",
        "13 14 15",
        "",
        "1 2 3 4 5 6 7 8 9",
        "",
    ),
    "Chemo neuropathy, cancer active, diabetes, high blood pressure": (
        ("neuropathy_chemo", "cancer_now", "diabetes", "high_blood_pressure"),
        "1 2 3 4 9 10 11 12",
        "13 14 15",
        "10 11",
        "1 2 3 4 5 6 7 8 9",
        "10",
    ),
}
# gates.md section 10: well, with K, re-check, not sure everywhere
TAPS = {
    "MS": (5, 6, 1, 6),
    "MS, numb feet": (5, 6, 1, 6),
    "MS with pump": (5, 6, 1, 6),
    "MS with pump, numb feet": (6, 7, 1, 8),
    "Diabetic neuropathy": (5, 6, 1, 6),
    "Neuropathy after chemo, cancer active": (6, 7, 1, 6),
    "Neuropathy after chemo, cancer past": (6, 7, 1, 6),
    "Other neuropathy": (5, 6, 1, 6),
    "Autoimmune neuropathy": (5, 6, 1, 6),
    "Parkinson's": (5, 6, 1, 6),
    "Stroke": (5, 6, 1, 6),
    "Spinal cord injury": (5, 6, 1, 6),
    "MS, pregnancy possible": (5, 6, 1, 6),
    "MS + epilepsy": (5, 6, 1, 6),
    "MS + diabetes": (6, 7, 1, 8),
    "MS + cancer active": (6, 7, 1, 6),
    "Stroke + high blood pressure + thinner": (5, 6, 1, 6),
    "Diabetic neuropathy + high blood pressure": (6, 7, 1, 8),
    "Parkinson's + diabetes + high blood pressure": (6, 7, 1, 8),
    "Chemo neuropathy, cancer active, diabetes, high blood pressure": (7, 8, 2, 8),
}
WELL = {"F": "check.f.4"}


def numbers(lines: tuple[str, ...]) -> str:
    return " ".join(line.rsplit(".", 1)[1] for line in lines)


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_sees_its_lines(profile: str) -> None:
    conditions, c, g, e, t, t2 = PROFILES[profile]
    check = dict(walk("check", about(conditions), WELL).cards)
    today = dict(walk("recheck", about(conditions)).cards)
    assert numbers(check["C"]) == c
    assert numbers(check.get("G", ())) == g
    assert numbers(check["E"] + check.get("E2", ())).removeprefix("1 2 3 4 5 6 7").strip() == e
    assert numbers(check["D"]) == ("1m" if "ms" in conditions else "1") + " 2 3 4 5 6 7 8 9"
    assert ("F" in check) == any("cancer" in name or "chemo" in name for name in conditions)
    assert (numbers(today["T"]), numbers(today.get("T2", ()))) == (t, t2)
    assert max(len(lines) for lines in [*check.values(), *today.values()]) <= 9


@pytest.mark.parametrize("profile", TAPS)
def test_each_profile_takes_the_taps_of_the_table(profile: str) -> None:
    well, with_k, recheck, not_sure = TAPS[profile]
    conditions = PROFILES[profile][0]
    unsure = {card: "unsure still" for card in "ABCG"}
    assert walk("check", about(conditions), WELL).taps == well
    k = walk("check", about(conditions, ok=OLD_OK), {**WELL, "K": "check.k.2"})
    assert k.taps - sum(1 for card, _ in k.cards if card == "CONFIRM") == with_k
    assert walk("recheck", about(conditions)).taps == recheck
    nowhere = walk("check", about(conditions), unsure)
    assert (nowhere.taps, nowhere.progress.stop) == (not_sure, "red_unsure")


# what is named at FC3, ticks of P0a and P0b, FB7, all further taps, profile + red cards
P0A = ("ms", "neuropathy", "parkinsons", "stroke", "spinal_cord", "epilepsy", "numb_feet", "pump_or_baclofen")
P0B = (
    *("diabetes", "cancer_now", "cancer_past", "high_blood_pressure", "pregnancy_possible"),
    *("blood_thinner", "steroids_long"),
)
FIRST = {
    "MS": ("ms", "", 0, 9, 3),
    "MS, numb feet": ("ms", "numb_feet", 0, 10, 3),
    "MS with pump": ("ms", "pump_or_baclofen", 0, 13, 3),
    "MS with pump, numb feet": ("ms", "numb_feet pump_or_baclofen", 0, 14, 4),
    "Diabetic neuropathy": ("neuropathy", "", 1, 9, 3),
    "Neuropathy after chemo, cancer active": ("neuropathy", "cancer_now", 2, 11, 3),
    "Neuropathy after chemo, cancer past": ("neuropathy", "", 2, 10, 3),
    "Other neuropathy": ("neuropathy", "", 4, 9, 3),
    "Autoimmune neuropathy": ("neuropathy", "", 3, 9, 3),
    "Parkinson's": ("parkinsons", "", 0, 9, 3),
    "Stroke": ("stroke", "", 0, 9, 3),
    "Spinal cord injury": ("", "spinal_cord", 0, 9, 3),
    "MS, pregnancy possible": ("ms", "pregnancy_possible", 0, 11, 3),
    "MS + epilepsy": ("ms", "epilepsy", 0, 11, 3),
    "MS + diabetes": ("ms", "diabetes", 0, 10, 4),
    "MS + cancer active": ("ms", "cancer_now", 0, 11, 3),
    "Stroke + high blood pressure + thinner": ("stroke", "high_blood_pressure blood_thinner", 0, 12, 3),
    "Diabetic neuropathy + high blood pressure": ("neuropathy", "high_blood_pressure", 1, 10, 4),
    "Parkinson's + diabetes + high blood pressure": ("parkinsons", "diabetes high_blood_pressure", 0, 11, 4),
    # the cause is told as diabetes, the chemo shows in "cancer now"
    "Chemo neuropathy, cancer active, diabetes, high blood pressure": (
        "neuropathy",
        "cancer_now high_blood_pressure",
        1,
        12,
        4,
    ),
    "P0 not answered (every row applies)": (
        "ms",
        " ".join((*P0A[1:], "diabetes", "cancer_now", *P0B[3:])),
        4,
        32,
        4,
    ),
}


@pytest.mark.parametrize("profile", FIRST)
def test_a_first_booking_takes_the_taps_of_the_table(profile: str) -> None:
    named, ticks, cause, profile_taps, red_taps = FIRST[profile]

    def ticked(card: str, names: tuple[str, ...]) -> str:
        mine = [f"profile.{card}.{names.index(tick) + 1}" for tick in ticks.split() if tick in names]
        return " ".join([*mine, "thatsall"]) if mine else "none"

    script = {
        "FB1": "profile.ok_who.1",
        "FB2": "profile.ok_when.1",
        "FB4": "no",
        "FB5": "profile.relapse.4",
        "FB6": "profile.stroke.2",
        "FB7": f"profile.cause.{cause}",
        "FB8": "profile.tablets.1",
        "FB9": "profile.hopes.1",
        "FB10": "profile.fits.1",
        "FB11": "profile.pregnant.1",
        "FB12": "profile.thinner.2",
        "F": "check.f.4",
        "P0a": ticked("p0a", P0A),
        "P0b": ticked("p0b", P0B),
        "H": "some profile.h.5 thatsall" if "pump" in ticks else "none",
        "DDEV": "detail.ddev.1",
    }
    facts = about(None, ok=None, ok_said=True, named=frozenset([named] if named else []))
    first = walk("first", facts, script)
    reds = [card for card, _ in first.cards if card in ("A", "B", "C", "G")]
    assert (first.taps - len(reds), len(reds)) == (profile_taps, red_taps)
    assert first.progress.complete
    assert walk("profile", facts, script).taps == profile_taps


def test_nobody_knows_the_conditions_so_every_row_applies() -> None:
    unsure = {"P0a": "unsure", "P0b": "unsure", **WELL}
    check = walk("check", about(None), unsure)
    cards = dict(check.cards)
    assert [card for card, _ in check.cards][:2] == ["P0a", "P0b"]
    assert numbers(cards["C"]) == "1 2 3 4 5 6 7 8 9"
    assert numbers(cards["G"]) == "10 11 12 13 14 15 16"
    assert numbers(cards["D"]) == "1m 2 3 4 5 6 7 8 9"
    assert check.taps - 2 - 1 == 8  # the two of P0, and check.confirm as the conditions are not sure
    assert "conditions_unsure" in codes(check.progress)
    today = walk("recheck", about(None))
    lines = dict(today.cards)
    assert (today.taps, numbers(lines["T"]), numbers(lines["T2"])) == (2, "1 2 3 4 5 6 7 8 9", "10")
    k = walk("check", about(None, ok=OLD_OK), {**unsure, "K": "check.k.2"})
    assert k.taps - 2 - 1 == 9
    nowhere = walk("check", about(None), unsure | {card: "unsure still" for card in "ABCG"})
    assert (nowhere.taps - 2, nowhere.progress.stop) == (8, "red_unsure")


def test_in_a_check_with_p0_open_only_what_it_names_is_asked() -> None:
    told = walk("check", about(None), {"P0a": "profile.p0a.3 thatsall", "FB8": "profile.tablets.1"})
    assert numbers(dict(told.cards)["C"]) == "1 2 3 4 8"
    assert told.progress.conditions == frozenset({"parkinsons"})


def test_a_gate_says_which_of_how_many() -> None:
    prompt = tapped("check", about(), "none").prompt
    assert prompt is not None
    assert (prompt.card, prompt.number, prompt.total, prompt.first) == ("B", 2, 5, False)
    assert [option.name for option in prompt.options] == ["none", "some", "unsure", "person"]
    detail = tapped("check", about(), "none", "some", "check.b.8").prompt
    assert detail is not None
    assert (detail.card, detail.about, detail.number, detail.above) == (
        "DLIMB",
        "check.b.8",
        None,
        ("detail.now",),
    )


A, B, C, D, E = (("none",) * n for n in range(5))  # the gates before each card

# taps of a check for a client with MS, and the codes at the end
TABLE = [
    ((*A, "some", "check.a.2", "detail.dstr.1"), {"stroke_signs_now"}),
    ((*A, "some", "check.a.2", "unsure"), {"stroke_signs_now"}),
    ((*A, "unsure", "check.a.2", "unsure", "noothers"), {"red_flag_unsure"}),
    ((*A, "some", "check.a.8", "detail.dseen.2"), {"new_confusion"}),
    ((*A, "some", "check.a.8", "detail.dseen.3", "noothers"), {"clearance_void_changed"}),
    ((*A, "some", "check.a.7", "detail.dfit.2", "detail.depi.2", "noothers"), {"seizure_uncontrolled"}),
    ((*A, "some", "still"), {"red_flag_unsure"}),
    ((*B, "some", "check.b.1", "detail.dchest.4", "noothers"), {"touch_pain_known"}),
    ((*C, "some", "check.c.1", "detail.dfev.6", "detail.dinf.4", "nothing", "noothers"), {"unwell_today"}),
    ((*C, "some", "check.c.4", "detail.dfall.2", "nothing", "noothers"), {"fall_no_injury_7d", "skin_local"}),
    (
        (*C, "some", "check.c.4", "detail.dfall.5", "no", "no", "detail.dhead3.1", "nothing", "noothers"),
        {"head_hit_no_danger_7d"},
    ),
    ((*D, "some", "check.d.1m", "thatsall", "detail.drel.1"), {"relapse_current"}),
    ((*D, "some", "still", "no"), {"change_unsure", "relapse_unsure"}),
    ((*D, "some", "still", "yes", "yes"), {"change_unsure", "relapse_unsure", "head_injury_danger_signs"}),
    (
        (*D, "some", "check.d.2", "thatsall", "detail.dfeel.1", "detail.dn2.2"),
        {"new_or_worse_symptom_over_24h"},
    ),
    (
        (*D, "some", "check.d.2", "thatsall", "detail.dfeel.1", "detail.dn2.1", "unsure"),
        {"stroke_signs_now"},
    ),
    ((*D, "unsure", "check.d.2", "thatsall", "detail.dfeel.1", "detail.dn2.4"), {"heat_flare_settled"}),
    ((*E, "some", "still"), {"item_unsure"}),
    (
        (*E, "some", "check.e.1", "thatsall", "detail.dmed.3", "unsure"),
        {"steroid_long_term", "medicine_unsure"},
    ),
    (
        (*E, "some", "check.e.2", "thatsall", "detail.dhosp.2"),
        {"cancer_active_no_ok", "clearance_void_changed"},
    ),
    ((*E, "some", "check.e.2", "thatsall", "detail.dhosp.4", "detail.dpreg.1"), {"pregnancy_ok"}),
]


@pytest.mark.parametrize(("taps", "found"), TABLE, ids=[" ".join(taps) for taps, _ in TABLE])
def test_taps_give_codes(taps: tuple[str, ...], found: set[str]) -> None:
    assert codes(tapped("check", about(), *taps)) == found


def test_tiers_told_by_the_card() -> None:
    many = ("ms", "cancer_now", "diabetes", "spinal_cord")

    def tier(*taps: str, conditions: tuple[str, ...] = many) -> str | None:
        progress = tapped("check", about(conditions), *taps)
        assert progress.stop == "urgent"
        return progress.findings[-1].tier

    assert tier("none", "some", "check.b.8", "yes") == "E"
    assert tier("none", "some", "check.b.8", "no") == "D"
    assert tier("none", "some", "check.b.8", "unsure") == "E"
    seen = ("none", "some", "check.b.1", "detail.dchest.3")
    assert tier(*seen, "check.b.8", "no") == "E"  # a chest line told in the same round
    assert tier("none", "none", "some", "check.c.2", "no") == "D"
    assert tier("none", "none", "some", "check.c.2", "yes") == "E"
    assert tier("none", "none", "some", "check.c.9", "detail.dspine.2") == "D"
    assert tier("none", "none", "some", "check.c.9", "detail.dspine.1") == "E"
    assert tier("none", "none", "some", "check.c.6", "detail.dad.2") == "D"
    sore = (*E, "some", "check.e.6", "thatsall", "detail.dskin.2", "detail.dpsore.3")
    assert tier(*sore, conditions=("ms",)) == "E"  # hot, smelly, or ill with it


def test_an_urgent_code_ends_the_round_at_once() -> None:
    progress = tapped("check", about(), "some", "check.a.1", "detail.dstr.2")
    assert (progress.stop, progress.prompt, progress.complete) == ("urgent", None, False)
    assert progress.findings[0].told == "check.a.1"


def test_after_a_red_flag_not_sure_the_red_cards_are_asked_and_then_it_stops() -> None:
    progress = tapped("check", about(), "unsure", "still")
    assert progress.prompt is not None
    assert progress.prompt.card == "B"
    progress = tapped("check", about(), "unsure", "still", "none", "none")
    assert (progress.stop, progress.complete) == ("red_unsure", False)
    assert tapped("check", about(), "unsure", "still", "some", "check.b.5", "unsure").stop == "urgent"


def test_a_red_line_tapped_and_taken_back_does_not_vanish() -> None:
    answers = take(shipped(), "check", about(), (), "some")
    answers = take(shipped(), "check", about(), answers, "check.a.1")
    answers = undo(undo(answers))
    answers = take(shipped(), "check", about(), answers, "none")
    assert codes(replay(shipped(), "check", about(), answers)) == {"answers_conflict"}


def test_a_changed_answer_is_a_new_record() -> None:
    answers = take(shipped(), "check", about(), (), "none")
    answers = undo(answers)
    assert answers == (Answer("A", None, ("none",), withdrawn=True),)
    assert (
        replay(shipped(), "check", about(), answers).prompt == replay(shipped(), "check", about(), ()).prompt
    )


def test_ticks_toggle_and_nothing_ticked_is_not_all() -> None:
    listed = (*D, "some")
    prompt = tapped("check", about(), *listed).prompt
    assert prompt is not None
    assert "thatsall" not in [option.name for option in prompt.options]
    prompt = tapped("check", about(), *listed, "check.d.2", "check.d.3", "check.d.2").prompt
    assert prompt is not None
    assert [option.name for option in prompt.options if option.chosen] == ["check.d.3"]


def test_what_is_not_offered_changes_nothing() -> None:
    with pytest.raises(NotOffered):
        tapped("check", about(), "check.b.1")
    with pytest.raises(NotOffered):
        tapped("check", about(), "some", "none")
    assert take(shipped(), "check", about(), (), "person") == ()


def test_options_stand_only_where_they_may() -> None:
    def offered(conditions: tuple[str, ...] | None, *taps: str, **more: object) -> set[str]:
        prompt = tapped("check", about(conditions, **more), *taps).prompt
        assert prompt is not None
        return {option.name for option in prompt.options}

    chest = ("none", "some", "check.b.1")
    assert "detail.dchest.4" in offered(("ms",), *chest)
    assert "detail.dchest.4" not in offered(("stroke",), *chest)
    assert "detail.dchest.4" not in offered(None, "unsure", "unsure", *chest)
    fall = ("none", "none", "some", "check.c.4")
    assert "detail.dfall.2" in offered(("ms",), *fall)
    assert "detail.dfall.2" not in offered(("ms", "blood_thinner"), *fall)
    assert "detail.dfall.2" not in offered(("ms",), *fall, on_file=frozenset({"osteoporosis"}))
    head = (*fall, "detail.dfall.5", "no")
    assert "detail.dhead2.3" not in offered(("blood_thinner",), *head)
    assert "detail.dhead2.3" in offered(None, "unsure", "unsure", *head)
    slow = (*D, "some", "check.d.2", "thatsall", "detail.dfeel.1")
    assert {"detail.dn2.4", "detail.dn2.5"} <= offered(("ms",), *slow)
    assert not {"detail.dn2.4", "detail.dn2.5"} & offered(("parkinsons", "cancer_now"), *slow)


def test_the_pregnant_read_other_lines() -> None:
    facts = about(("ms",), on_file=frozenset({"pregnancy_ok"}))
    cards = dict(walk("check", facts).cards)
    assert numbers(cards["C"]) == "1 2 3 4 5 6 15p 16"
    assert numbers(cards["E"]).endswith(" 8p")
    assert codes(tapped("check", facts, *C, "some", "check.c.15p")) == {"pregnancy_danger_signs"}
    headache = (*A, "some", "check.a.6", "detail.dhache.3")
    assert codes(tapped("check", facts, *headache)) == {"pregnancy_danger_signs"}
    assert codes(tapped("check", about(("cancer_now",)), *headache)) == {"headache_new_danger"}


def test_with_a_pump_sudden_stiffness_asks_for_the_pump_first() -> None:
    facts = about(("ms", "pump_or_baclofen"))
    taps = (*D, "some", "check.d.3", "thatsall", "detail.dmus.2")
    assert codes(tapped("check", facts, *taps, "yes")) == {"baclofen_pump_alarm_or_withdrawal"}
    assert codes(tapped("check", facts, *taps, "no")) == {"spasticity_sudden_increase"}


def test_an_illness_with_cancer_now_asks_for_chemo() -> None:
    facts = about(("cancer_now",))
    taps = (*C, "some", "check.c.3", "detail.dinf.4")
    assert "fever_on_chemo" in codes(tapped("check", facts, *taps, "unsure"))
    assert codes(tapped("check", facts, *taps, "no", "nothing", "noothers")) == {"unwell_today"}


def test_with_cancer_now_whatever_may_be_an_infection_asks_for_chemo() -> None:
    facts = about(("cancer_now",))
    skin = (*E, "some", "check.e.6", "thatsall")
    for option in ("detail.dskin.3", "detail.dskin.4"):
        assert "fever_on_chemo" in codes(tapped("check", facts, *skin, option, "yes"))
    shot = (*E, "some", "check.e.7", "thatsall", "detail.dshot.3")
    assert "fever_on_chemo" in codes(tapped("check", facts, *shot, "unsure"))
    assert codes(tapped("check", about(), *skin, "detail.dskin.4", "nothing")) == {"shingles_active"}


def test_high_pressure_in_a_pregnancy_is_urgent_wherever_it_is_told() -> None:
    who = ("high_blood_pressure",)
    today = ("some", "recheck.t.9", "thatsall", "detail.dbpt.3", "detail.dbp.3")
    assert codes(tapped("recheck", about(who), *today)) == {"bp_high"}
    pregnant = about(who, on_file=frozenset({"pregnancy_ok"}))
    assert codes(tapped("recheck", pregnant, *today)) == {"pregnancy_danger_signs"}


def test_a_settled_matter_is_asked_about_first() -> None:
    facts = about(settled={"check.d.2": TODAY - timedelta(days=5), "check.a.2": TODAY - timedelta(days=5)})
    ticked = (*D, "some", "check.d.2", "thatsall")
    prompt = tapped("check", facts, *ticked).prompt
    assert prompt is not None
    assert (prompt.card, prompt.params["date"]) == ("DSAME", TODAY - timedelta(days=5))
    assert codes(tapped("check", facts, *ticked, "detail.dsame.1", "none")) == set()
    worse = tapped("check", facts, *ticked, "detail.dsame.2", "detail.dfeel.1", "detail.dn2.2")
    assert [(finding.code, finding.fresh) for finding in worse.findings] == [
        ("new_or_worse_symptom_over_24h", True)
    ]
    red = tapped("check", facts, "some", "check.a.2").prompt
    assert red is not None
    assert [option.name for option in red.options][0] == "detail.dsame.1r"


def test_an_ok_must_be_newer_than_the_relapse() -> None:
    months = (*D, "some", "check.d.1m", "thatsall", "detail.drel.3")
    assert codes(tapped("check", about(), *months)) == {"relapse_ended_30d_to_6m_ok"}
    old = about(ok=type(about().ok)(TODAY - timedelta(days=90), TODAY + timedelta(days=90)))  # type: ignore[misc]
    assert codes(tapped("check", old, *months)) == {"relapse_after_clearance"}


def test_an_ok_told_long_ago_is_not_an_ok() -> None:
    months = (*D, "some", "check.d.1m", "thatsall", "detail.drel.4")
    out = about(ok=OLD_OK, on_file=frozenset({"doctor_ok_valid"}))
    assert codes(tapped("check", out, *months)) == {"relapse_after_clearance"}


def test_a_slip_is_undone_before_a_visit_changes() -> None:
    taps = (*C, "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none")
    progress = tapped("check", about(), *taps)
    assert progress.prompt is not None
    assert (progress.prompt.key, progress.prompt.params["told"]) == ("check.confirm", ("check.c.1",))
    assert tapped("check", about(), *taps, "right").complete
    back = tapped("check", about(), *taps, "change").prompt
    assert back is not None
    assert back.card == "E"


@pytest.mark.parametrize(
    ("taps", "told"),
    [
        ((*D, "unsure", "still", "detail.dhk.2", "none"), ("check.d.unsure",)),
        ((*D, "unsure", "check.d.4", "thatsall", "unsure", "none"), ("check.d.4",)),
        ((*D, "none", "unsure", "still"), ("check.e.unsure",)),
        ((*D, "unsure", "still", "detail.dhk.2", "unsure", "still"), ("check.d.unsure", "check.e.unsure")),
    ],
)
def test_not_sure_is_read_back_with_what_was_asked(taps: tuple[str, ...], told: tuple[str, ...]) -> None:
    prompt = tapped("check", about(), *taps).prompt
    assert prompt is not None
    assert (prompt.key, prompt.params["told"]) == ("check.confirm", told)


def test_two_questions_that_give_one_code_are_both_read_back() -> None:
    told = "none", "none", "no", "unsure", "still", "unsure", "profile.hopes.1"
    progress = tapped("profile", about(None), *told)
    assert [finding.code for finding in progress.findings].count("item_unsure") == 2
    assert progress.prompt is not None
    assert progress.prompt.params["told"] == ("profile.h.unsure", "profile.u.unsure")


def test_first_contact_ends_early_only_where_a_person_must_decide() -> None:
    facts = about(None, ok=None)
    assert tapped("contact", facts, "first.consent.2").complete
    whole = tapped("contact", facts, "first.consent.1", "first.condition.1", "first.time.1", "yes")
    assert whole.complete
    assert {"ms", "time_morning", "ok_said"} <= whole.learned


def test_aftercare() -> None:
    def after(card: str, *taps: str) -> set[str]:
        return codes(tapped(f"aftercare:{card}", about(), *taps))

    assert after("AF2", "fine") == set()
    assert after("AF2", "sore", "after.which.2") == {"ac_soreness_over_72h"}
    assert after("AF2", "wrong", "after.wrong.1", "after.easing.1") == {"ac_lethargy_over_24h"}
    assert after("AF1", "wrong", "after.wrong.1", "after.easing.1") == {"ac_heavy_tired_same_day"}
    assert after("AF2", "unsure", "after.wrong.2") == {"ac_dark_urine"}
    assert after("AF4", "yes", "detail.dn2.2") == {"new_or_worse_symptom_over_24h"}
    assert after("AF4", "unsure") == {"change_unsure"}
    assert after("AF2", "wrong", "after.wrong.7", "check.a.1", "detail.dstr.1") == {"stroke_signs_now"}


def test_a_condition_told_late_brings_its_lines_though_their_card_was_asked() -> None:
    facts = about(("ms", "diabetes"))  # G was asked, for sugar
    known = (*E, "none", "some", "check.e.2", "thatsall", "detail.dhosp.6", "none")
    shown = tapped("check", facts, *known, "profile.p0b.2", "thatsall").prompt
    assert shown is not None
    assert (shown.card, shown.lines) == ("G", ("check.c.9",))


def test_bleeding_is_urgent_on_a_thinner_and_low_counts_with_cancer() -> None:
    taps = (*E, "some", "check.e.10", "thatsall", "detail.dcnt.2")
    assert codes(tapped("check", about(("cancer_past",)), *taps)) == {"blood_counts_low"}
    assert "thinner_bleeding" in codes(tapped("check", about(("blood_thinner",)), *taps))


def test_a_large_bruise_that_hurts_is_urgent_on_a_thinner() -> None:
    def bruise(conditions: tuple[str, ...], *taps: str) -> set[str]:
        return codes(tapped("aftercare:AF2", about(conditions), "wrong", "after.wrong.3", *taps))

    assert bruise(("ms",)) == {"ac_large_bruise"}
    assert bruise(("ms", "blood_thinner"), "no") == {"ac_large_bruise"}
    for pain in ("yes", "unsure"):
        assert "thinner_bleeding" in bruise(("ms", "blood_thinner"), pain)


def test_nerve_trouble_after_a_visit_asks_for_bladder_and_legs_too() -> None:
    taps = ("wrong", "after.wrong.4", "detail.dn2.3", "noothers")
    shown = tapped("aftercare:AF2", about(), *taps).prompt
    assert shown is not None
    assert shown.card == "B"
    weak = tapped("aftercare:AF2", about(), *taps, "some", "check.b.7", "detail.dseen.1")
    assert "rapid_spreading_weakness" in codes(weak)


@pytest.mark.parametrize(
    ("answers", "after"),
    [
        ([], []),
        ([Answer("A", None, ("none",), withdrawn=True)], [Answer("A", None, ("none",), withdrawn=True)]),
        ([Answer("A", None, ("none",))], [Answer("A", None, ("none",), withdrawn=True)]),
        (
            [Answer("A", None, ("none",)), Answer("D", None, ("some", "check.d.2"))],
            [
                Answer("A", None, ("none",)),
                Answer("D", None, ("some", "check.d.2"), withdrawn=True),
                Answer("D", None, ("some",)),
            ],
        ),
        (
            [
                Answer("D", None, ("some", "check.d.2", "thatsall")),
                Answer("E", None, ("none",), withdrawn=True),
            ],
            [
                Answer("D", None, ("some", "check.d.2", "thatsall"), withdrawn=True),
                Answer("E", None, ("none",), withdrawn=True),
                Answer("D", None, ("some", "check.d.2")),
            ],
        ),
    ],
)
def test_change_takes_back_one_tap_and_keeps_what_was_said(
    answers: list[Answer], after: list[Answer]
) -> None:
    assert undo(answers) == tuple(after)


def test_after_the_last_card_no_tap_counts() -> None:
    with pytest.raises(NotOffered):
        tapped("check", about(), *("none",) * 6)
