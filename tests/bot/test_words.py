"""The words themselves: there, short, plain, neutral where others may see them."""

import re

import pytest

from bot import cards
from bot.flow import Text
from bot.reading_grade import grade, syllables
from bot.texts import Catalogue
from screening.files import shipped
from screening.policy import load

CATALOGUE = Catalogue.load()
TEXTS = {key: CATALOGUE.forms(key) for key in sorted(CATALOGUE.keys())}

# What a screen can look like with real data.
SAMPLE: dict[str, object] = {
    "name": "Maria", "clinic": "Mill Lane Clinic", "bot": "gentle_hours_bot", "who": "Eva Novak",
    "when": "Tue 3 Mar, 9:30", "when2": "Wed 4 Mar, 10:15", "when3": "Thu 5 Mar, 11:00",
    "new_when": "Tue 10 Mar, 9:30", "day": "Tue 3 Mar", "day2": "Fri 6 Mar", "date": "3 Mar 2026",
    "time": "9:30", "time2": "12:00", "hold_until": "10:42", "undo_until": "10:45", "release_time": "5:30",
    "free_until": "Mon 2 Mar, 9:30", "keep_until": "Mon 2 Mar, 9:30", "answer_by": "Mon 2 Mar, 21:30",
    "staff_by": "Mon 2 Mar, 18:00", "check_time": "Mon 2 Mar, 9:35", "since_date": "3 Feb 2026",
    "date_72h": "Sat 28 Feb", "therapist": "Ana", "treatment": "Foot massage", "room": "Room 2",
    "place": "Mill Lane 4, ground floor", "minutes": 45, "n": 6, "m": 2, "k": 4,
    "reason": "same hour as last time", "why": "Ana is away that day.", "adapt": "a cool room",
    "told": "New or worse numbness", "line": "Chest pain or pressure", "label": "booked",
    "text": "no heat on the feet", "text2": "9:00-13:00", "who_ok": "your doctor",
    "who_first": "Please ask your doctor to look for a cause.", "emergency_number": "112",
    "urgent_number": "116 117", "clinic_phone": "555 0142", "crisis_line": "555 0100",
    "cancer_line": "555 0111", "maternity_line": "555 0122", "phone": "555 0188", "retention": "3 years",
    "late_rule": "Half the price is due", "version": "1.0.2",
    "url": "https://t.me/gentle_hours_bot?start=i_Zk3vQ9x0bTq7LmWc2RfY1A",
}  # fmt: skip
SAMPLE["call"] = CATALOGUE.say("en", "common.footer", **SAMPLE)
SAMPLE["notice"] = CATALOGUE.say("en", "common.result_end", **SAMPLE)


def say(key: str, **more: object) -> str:
    return CATALOGUE.say("en", key, **{**SAMPLE, **more})


# --- every key of the policy's cards and texts ---

# Card: how many lines or options it has; each has its words and a short label.
LINES = """
check.a:9 check.b:9 check.c:16 check.d:9 check.e:11 check.f:4 check.k:3 recheck.t:10 profile.h:6 profile.u:9
detail.dseen:3 detail.dstr:4 detail.dhache:5 detail.dchest:4 detail.dlimb:3 detail.dad:4 detail.dhypo:4
detail.dfit:6 detail.dfev:6 detail.dred:3 detail.dinf:5 detail.dchemo:2 detail.dfall:6 detail.dhead:2
detail.dhead2:3 detail.dhead3:2 detail.dste:3 detail.dpump:4 detail.dstiff:2 detail.dpd:3 detail.dspine:3
detail.dsore:3 detail.dbp:3 detail.dpsign:2 detail.drel:4 detail.dn2:5 detail.dfeel:4 detail.dache:4
detail.dmus:3 detail.deye:2 detail.dbal:4 detail.dspk:3 detail.dbla:3 detail.dces:2 detail.dmem:3
detail.dmed:6 detail.dhosp:6 detail.dstk:2 detail.dheart:5 detail.dop:4 detail.ddev:2 detail.dbone:4
detail.dskin:7 detail.dpsore:3 detail.dshot:4 detail.dpreg:3 detail.depi:2 detail.dcnt:3 detail.dc3:4
detail.dhk:2 detail.dalc:2 detail.dbpt:4 detail.dct:2 detail.dfeet:3 detail.dill:2 detail.dnew:4
detail.dsign:4 detail.dsug:6 detail.dtired:3 detail.dorth:2 detail.dsame:2
first.consent:3 first.condition:5 first.time:4 first.ok:3 profile.ok_who:3 profile.ok_when:3
profile.heat_cold:4 profile.relapse:4 profile.stroke:2 profile.cause:5 profile.tablets:3 profile.hopes:2
profile.fits:2 profile.pregnant:3 profile.thinner:2 profile.p0a:8 profile.p0b:7
after.which:4 after.third_day:4 after.wrong:9 after.easing:3 urgent.ask:3
"""
# A line or option in another wording for some people.
VARIANTS = "check.d.1m check.c.15p check.e.8p recheck.t.7x detail.dache.1x detail.dsame.1r"
SENTENCES = """
common.footer common.result_end check.g check.e2 check.confirm recheck.push recheck.t2 first.start
detail.now detail.tell_team detail.call_today detail.call_if_back detail.no_wait
after.care after.next_day after.tips after.week after.bruise urgent.ask_now
result.clear result.clear_note result.caution result.caution_look result.defer result.defer_relapse
result.defer_step result.defer_no_date result.clearance result.review result.red_unsure result.clash
result.error result.provisional check.nudge check.cutoff check.released recheck.clear recheck.door
"""
CARDS = {card: int(count) for card, count in (item.split(":") for item in LINES.split())}
NUMBERED = [f"{card}.{number}" for card, count in CARDS.items() for number in range(1, count + 1)]


def test_every_card_line_and_label_is_there() -> None:
    lines = [*NUMBERED, *VARIANTS.split()]
    tiers = [f"urgent.{tier}.{line}" for tier in ("e", "d", "c_self", "c_hurt") for line in (1, 2, 3, 4)]
    wanted = [*CARDS, *lines, *(f"{line}.b" for line in lines), *SENTENCES.split(), *tiers]
    assert [key for key in wanted if key not in TEXTS] == []


def test_no_card_has_lines_that_nobody_counted() -> None:
    families = ("check", "recheck", "detail", "profile", "first", "after")
    numbered = re.compile(rf"(?:{'|'.join(families)})\.[a-z0-9]\w*\.\d+")
    assert [key for key in TEXTS if numbered.fullmatch(key) and key not in NUMBERED] == []


ADDED = """
stroke_signs_now stroke_signs_resolved_unseen one_limb_swollen_hot hypo_severe severe_allergic_reaction
bleeding_wont_stop headache_new_danger thinner_bleeding autonomic_dysreflexia_signs fever_on_chemo
cancer_new_spine_pain foot_hot_red_swollen head_injury_danger_signs pregnancy_danger_signs
baclofen_pump_alarm_or_withdrawal pd_missed_meds_fever_rigid ac_dark_urine
"""
CAUTIONS = """
numb_areas_known touch_pain_known heat_cold_sensitive heat_flare_settled spasticity_known fatigue_usual
fatigue_explained bladder_urgency_known pump_stable device_implanted port_or_line pd_on_off_times
orthostatic_known bp_controlled bp_unknown transfer_help fall_no_injury_7d speech_or_memory
stroke_over_3m_ok anticoagulant_stable clot_over_6m_ok osteoporosis steroid_long_term diabetes_stable
hypo_recent feet_not_checked cancer_active_ok cancer_past lymph_risk radiation_site pregnancy_ok skin_local
pressure_sore_covered botox_under_14d injection_site_recent surgery_healed_ok epilepsy_controlled allergy_oil
dysreflexia_risk ache_everyday slow_change_known relapse_ended_30d_to_6m_ok new_medicine_well
expectations_unclear ac_heavy_tired_same_day
"""
COLUMNS = ("pressure", "heat", "position", "avoid", "extra")


def test_every_urgent_code_that_adds_a_sentence_has_it() -> None:
    assert {key.removeprefix("urgent.add.") for key in TEXTS if key.startswith("urgent.add.")} == set(
        ADDED.split()
    )


@pytest.mark.parametrize("code", CAUTIONS.split())
def test_a_caution_tells_the_client_and_the_therapist_what_changes(code: str) -> None:
    assert f"adapt.{code}" in TEXTS
    assert any(f"note.{code}.{column}" in TEXTS for column in COLUMNS)
    assert len(say(f"adapt.short.{code}").split()) <= 3
    assert len(say(f"adapt.{code}")) <= 60


def test_codes_are_named_for_staff_as_told_never_as_found() -> None:
    names = {key: say(key) for key in TEXTS if key.startswith("finding.")}
    assert len(names) == 153
    assert {f"finding.{code}" for code in (ADDED + CAUTIONS).split()} <= names.keys()
    assert [key for key, words in names.items() if re.search(r"\b(has|suffers|diagnos\w+) a\b", words)] == []


# --- labels ---

TWO_A_ROW = """
back home more notnow earlier later goon times visits treat ther movecancel late off picture week hours people
digest n13 n14
"""
THREE_A_ROW = "late10 late20 late30 n1 n2 n3 n4 n5 n6 n7 n8 n9 n10 n11 n12"


def test_labels_fit_their_row() -> None:
    labels = {key: say(key) for key in TEXTS if key.startswith("button.")}
    long = [key for key, label in labels.items() if len(label) > 30 and "{text}" not in TEXTS[key][0]]
    long += [key for key in (f"button.{code}" for code in TWO_A_ROW.split()) if len(labels[key]) > 14]
    long += [key for key in (f"button.{code}" for code in THREE_A_ROW.split()) if len(labels[key]) > 8]
    assert long == []


def test_labels_of_safety_cards_fit_twenty() -> None:
    labels = {key: say(key) for key in TEXTS if key.endswith(".b") and key != "check.b"}
    assert len(labels) > 300
    assert {key: label for key, label in labels.items() if len(label) > 20} == {}


def test_no_two_labels_of_a_card_are_alike() -> None:
    for card, count in CARDS.items():
        labels = [say(f"{card}.{number}.b") for number in range(1, count + 1)]
        assert len(set(labels)) == count, card


def test_the_buttons_of_every_card_have_words() -> None:
    shared = "none some unsure still person noothers nothing thatsall right change called helpme"
    shared += " callsafe writeonly yes no fine sore wrong feelfine now"
    assert [code for code in shared.split() if f"button.{code}" not in TEXTS] == []


def test_a_line_has_at_most_nine_words() -> None:
    lines = [
        f"{card}.{n}"
        for card in ("check.a", "check.b", "check.c", "check.d", "check.e")
        for n in range(1, 17)
    ]
    assert [key for key in lines if key in TEXTS and len(say(key).split()) > 9] == []


# --- length, reading ease, tone ---


def test_no_text_is_longer_than_a_screen_of_a_phone() -> None:
    assert {key: len(say(key)) for key in TEXTS if len(say(key)) > 550} == {}


TOASTS = """
book.own_overlap book.weekly_limit book.too_late moved.later undo.done undo.late wait.passed old.changed
old.gone odd.twice odd.not_yours odd.no_role odd.fast err.busy staff.done staff.taken day.done day.noshow
"""


def test_toasts_fit() -> None:
    assert [key for key in TOASTS.split() if len(say(key)) > 200] == []


def test_the_start_screen_of_the_app_fits() -> None:
    assert len(say("bot.description")) <= 512
    assert len(say("bot.short")) <= 120


def test_the_measure_of_reading_ease_itself() -> None:
    counted = {"visit": 2, "time": 1, "needed": 2, "called": 1, "massage": 2, "little": 2, "the": 1}
    assert {word: syllables(word) for word in counted} == counted
    assert grade("We keep your time. You can stop.") < 2
    assert grade("Administration of therapeutic interventions necessitates comprehensive documentation.") > 20


def test_every_card_reads_easily() -> None:
    cards = {card: "\n".join(say(key) for key in (card, *own)) for card, own in _cards().items()}
    hard = {card: round(grade(text), 1) for card, text in cards.items() if grade(text) > 7.4}
    assert hard == {"detail.ddev": 7.6}  # only names of devices


def _cards() -> dict[str, list[str]]:
    return {card: [f"{card}.{number}" for number in range(1, count + 1)] for card, count in CARDS.items()}


def test_every_message_reads_easily() -> None:
    part_of_a_card = set(NUMBERED) | set(VARIANTS.split()) | set(CARDS)
    words_for_staff = ("note.", "finding.", "button.", "command.", "phrase.")
    messages = {
        key: say(key)
        for key in TEXTS
        if key not in part_of_a_card and not key.startswith(words_for_staff) and not key.endswith(".b")
    }
    hard = {
        key: round(grade(text), 1)
        for key, text in messages.items()
        if len(text.split()) >= 8 and grade(text) > 7.4
    }
    assert hard == {}


def test_nothing_diagnoses_promises_or_pushes() -> None:
    never = re.compile(
        r"you are (fine|safe|healthy)|it is safe|you (have|are having) (a|an) (stroke|relapse|clot|infection)"
        r"|are you sure|detox|toxin|cures\b|heals\b",
        re.IGNORECASE,
    )
    assert {key: text for key, forms in TEXTS.items() for text in forms if never.search(text)} == {}


def test_clients_read_of_visits_and_times() -> None:
    words_of_ours = re.compile(
        r"\b(appointments?|slots?|sessions?|contraindicat\w+|clearance|screening)\b", re.I
    )
    for_staff = ("note.", "finding.", "phrase.")  # phrases are what people type
    found = [
        key
        for key, forms in TEXTS.items()
        if words_of_ours.search(" ".join(forms)) and not key.startswith(for_staff)
    ]
    assert found == []


def test_words_carry_every_signal_no_emoji() -> None:
    assert {key for key, forms in TEXTS.items() if not " ".join(forms).isascii()} == set()


# --- the first line of a new message may be seen by others ---

# Those that open a message sent unasked: the first line is what a locked phone shows.
NEW_MESSAGES = """
first.consent.hello start.pending book.home book.opened visit.booked_new check.a.head recheck.t.head
recheck.push result.push result.neutral moved.reminder moved.let_go moved.checkin visit.by_clinic
visit.running_late ok.accepted ok.accepted.no_visit ok.refused ok.refused.no_visit ok.expiring ok.late
after.care.head after.next_day.head after.third_day.head after.week.head after.reminder after.trend
plan.next_offer wait.offer help.menu privacy.card language.pick settings.card carer.accept carer.linked
carer.ended client.noshow odd.back odd.back.nothing person.reply staff.ok staff.ok.no_visit staff.welcome
day.card day.empty day.changed day.week review.card review.card.when alert.after alert.urgent
alert.urgent.again alert.urgent.called admin.menu setup.list tasks.list digest.day who.pick
"""
HEALTH = re.compile(
    r"\b(doctor|nurse|pain|ill|sick|relapse|flare|fever|symptom\w*|condition\w*|sign|massage|therap\w+|treat\w+|"
    r"medicin\w+|health|hospital|cancer|ms|neuropathy|parkinson\w*|stroke|numb\w*|weak\w*|tired\w*|sore|"
    r"safety|urgent|emergency|foot|hand|swedish)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("key", NEW_MESSAGES.split())
def test_the_first_line_of_a_new_message_is_neutral(key: str) -> None:
    first = say(key, text="your visit has moved").split("\n")[0]
    assert HEALTH.search(first) is None, first


def test_the_first_lines_of_tasks_are_neutral() -> None:
    pushes = [key for key in TEXTS if key.startswith("notice.task.") and key != "notice.task.by"]
    assert len(pushes) > 20
    assert {key: say(key) for key in pushes if HEALTH.search(say(key))} == {}


def test_every_kind_of_task_has_its_line_button_and_push() -> None:
    kinds = {key.split(".")[1] for key in TEXTS if key.startswith("task.")}
    for kind in kinds:
        assert f"task.{kind}.b" in TEXTS, kind
        assert f"notice.task.{kind}" in TEXTS, kind


def test_being_hurt_is_answered_without_saying_so() -> None:
    hidden = " ".join(say(f"urgent.c_hurt.{line}") for line in (1, 3, 4))
    assert re.search(r"hurt|harm|abuse|cancel", hidden, re.IGNORECASE) is None
    assert "{told}" not in " ".join(TEXTS[f"urgent.c_hurt.{line}"][0] for line in (1, 2, 3, 4))


@pytest.mark.parametrize("tier", ["e", "d"])
def test_an_urgent_text_says_what_to_do_first(tier: str) -> None:
    lines = [say(f"urgent.{tier}.{line}") for line in (1, 2, 3, 4)]
    assert "112" in lines[0]
    assert "You told us" in lines[1]
    assert "costs you nothing" in lines[2]
    assert "will contact you" in lines[3]


# --- placeholders and plurals ---


def test_placeholders_are_those_that_flows_know() -> None:
    unknown = {key: CATALOGUE.placeholders(key) - SAMPLE.keys() for key in TEXTS}
    assert {key: names for key, names in unknown.items() if names} == {}


def test_a_number_before_a_noun_has_its_plural() -> None:
    counted = re.compile(r"\{n\} (?!h\b|min\b|percent\b)[a-z]")
    assert [key for key, forms in TEXTS.items() if len(forms) == 1 and counted.search(forms[0])] == []


def test_plural_forms_both_hold_the_number_or_a_word_for_it() -> None:
    plurals = {key: forms for key, forms in TEXTS.items() if len(forms) > 1}
    assert len(plurals) > 50
    assert [key for key, forms in plurals.items() if "{n}" not in forms[1]] == []


def test_visit_states_have_their_lines() -> None:
    states = """held booked provisional check_due unanswered cleared in_review moved_ask moved waiting
    cancelled stopped done no_show"""
    for state in states.split():
        assert f"visit.{state}" in TEXTS
        assert f"state.{state}" in TEXTS
        assert any(key.startswith(f"visit.{state}.") for key in TEXTS), state


def test_the_questions_people_ask_have_buttons_and_answers() -> None:
    assert [number for number in range(1, 16) if f"button.q{number}" not in TEXTS] == []
    assert len([key for key in TEXTS if key.startswith("faq.") and key != "faq.menu"]) == 15


def test_an_answer_that_says_nothing_alone_is_told_with_its_question() -> None:
    """ "Under 3 months ago" of what? All plain questions but the first three have such words."""
    policy = load(shipped())
    asked = {
        policy.cards[name].key
        for phase, round_ in policy.phases.items()
        for name in (*round_.cards, *round_.when_unknown)
        if policy.cards[name].kind == "choice" and not phase.startswith("aftercare")
    }
    assert asked - {"first.consent", "first.condition", "first.time"} == cards.ASKED
    assert {key.removeprefix("told.") for key in TEXTS if key.startswith("told.")} == {
        *(*cards.ASKED, *cards.GATES, "asked", "before")
    }


def test_not_sure_is_told_with_what_was_asked() -> None:
    """Not of red cards: "still not sure" there ends the round before anything is read back."""
    policy = load(shipped())
    gates = {
        policy.cards[name].key
        for round_ in policy.phases.values()
        for name in (*round_.cards, *round_.when_unknown)
        if round_.confirm and policy.cards[name].kind != "choice" and not policy.cards[name].red
    }
    overflows = {
        policy.cards[card.overflow].key for card in policy.cards.values() if card.overflow and not card.red
    }
    assert (gates | overflows) - {"recheck.t", "recheck.t2"} == cards.GATES
    told = [cards.told_one(f"{card}.unsure", {}) for card in ("check.d", "check.k", "own.sun")]
    assert [(one.key, one.params["text"]) for one in told] == [
        ("told.check.d", Text("button.unsure")),
        ("told.check.k", Text("button.unsure")),
        ("told.asked", Text("button.unsure")),
    ]
    assert told[2].params["line"] == Text("own.sun")
