"""A policy of one screen, small enough to read whole: what the tests of the reader break on purpose."""

from __future__ import annotations

from screening import policy
from screening.policy import Policy, PolicyError
from screening.policy_faults import REQUIRED_ROUNDS

TINY = {
    "policy.toml": """
version = "7.0"
not_yet = ["later_code", "LATER"]

[review]
status = "draft"
approved_by = "Eva Novak"
last_review_date = "2027-01-02"
next_review = "2028-01-02"

[facts]
conditions = ["ms", "stroke"]
told = ["pregnant"]
sure = ["at_once"]

[group.none]
slot = "stays"
lift_by = "nobody"

[group.review]
slot = "review"
lift_by = "staff"
needs = ["contact"]

[group.dated]
slot = "moved"
lift_by = "full_check"

[phase.check]
cards = ["A"]
""",
    "u_unknown.toml": """
[[item]]
id = "U"
section = "U"
when = "any"
findings = [
  { code = "red_flag_unsure", outcome = "defer", group = "review", system = true },
  { code = "item_unsure", outcome = "defer", group = "review", system = true },
  { code = "answers_conflict", outcome = "defer", group = "review", system = true },
  { code = "unanswered", outcome = "defer", group = "review", system = true },
  { code = "system_error", outcome = "defer", group = "review", system = true },
  { code = "clearance_expired", outcome = "defer", group = "review", system = true },
  { code = "doctor_ok_missing", outcome = "defer", group = "review", system = true },
  { code = "doctor_ok_valid", outcome = "clear", system = true },
  { code = "conditions_unsure", outcome = "defer", group = "review", system = true },
]

[[card]]
id = "DSAME"
key = "detail.dsame"
kind = "choice"
item = "U"
options = [{ n = "1" }]

[[card]]
id = "CONFIRM"
key = "check.confirm"
kind = "choice"
item = "U"
options = [{ code = "right" }]
""",
    "rounds.toml": "".join(
        f'[phase."{name}"]\ncards = ["LATER"]\n' for name in REQUIRED_ROUNDS if name != "check"
    ),
    "a_screen.toml": """
[[item]]
id = "X1"
section = "B"
when = "S"
findings = [{ code = "sore_skin", outcome = "defer", group = "dated", days = 3 }]

[[card]]
id = "A"
key = "check.a"
kind = "gate"
item = "X1"
lines = [{ id = "A1", n = "1", gives = ["sore_skin"] }]
""",
}


def texts(file: str = "", old: str = "", new: str = "", more: str = "") -> dict[str, str]:
    """The files, with `old` in `file` replaced once by `new`, and with a file of its own for `more`."""
    changed = dict(TINY)
    if file:
        assert old in changed[file], old
        changed[file] = changed[file].replace(old, new, 1)
    if more:
        changed["z_more.toml"] = more
    return changed


def load(file: str = "", old: str = "", new: str = "", more: str = "") -> Policy:
    return policy.load(texts(file, old, new, more))


def refused(file: str = "", old: str = "", new: str = "", more: str = "") -> list[str]:
    """The sentences with which such a policy is refused; none if it is not."""
    try:
        load(file, old, new, more)
    except PolicyError as error:
        return list(error.sentences)
    return []
