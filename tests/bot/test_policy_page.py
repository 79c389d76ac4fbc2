"""The page that a clinician reads and signs: whole, by itself, and readable with eyes, ears and a printer."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from typer.testing import CliRunner

from bot.app import load_catalogue, load_lexicons, load_policy
from bot.cli import app
from bot.policy_page import page
from screening import files, policy, sign_off
from tests.bot.simulator.test_page import browser

VOID = {"meta", "br", "col"}


class Outline(HTMLParser):
    """What a screen reader makes of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.faults: list[str] = []
        self.tables: list[list[str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "th" and given.get("scope") not in ("col", "row"):
            self.faults.append("a heading of a table without scope")
        if tag in ("script", "img", "iframe", "link") or given.keys() & {"src", "onclick", "style"} - {
            "style"
        }:
            self.faults.append(f"<{tag}> asks for more than this page")
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if tag == "a" else []

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


@pytest.fixture(scope="module")
def shipped() -> str:
    return printed(load_policy())


def printed(rules: policy.Policy) -> str:
    lexicon = load_lexicons()["en"]
    laxer = sign_off.laxer(rules)
    return page(rules, load_catalogue(), lexicon, files.cases(), load_policy(), laxer)


def changed(file: str, old: str, new: str) -> policy.Policy:
    texts = files.shipped()
    assert old in texts[file]
    return policy.load({**texts, file: texts[file].replace(old, new, 1)})


def test_every_item_finding_card_and_case_is_on_it(shipped: str) -> None:
    rules, outline = load_policy(), Outline(shipped)
    wanted = [f"item-{name}" for name in rules.items] + [f"finding-{code}" for code in rules.findings]
    wanted += [f"card-{name}" for name in rules.cards]
    assert [name for name in wanted if name not in outline.ids] == []
    assert shipped.count("<tr") > 2 * len(files.cases())
    words = re.sub(r"<[^>]+>", "", shipped)
    for row in files.cases():
        assert html_text(row["what"]) in shipped
    for key in (
        "check.a.1",
        "detail.dstr.2",
        "note.numb_areas_known.avoid",
        "after.tips",
        "who_first.foot_ulcer",
    ):
        assert html_text(load_catalogue().forms(key)[0].partition("{")[0]) in words or key in words
    assert rules.content_hash in shipped
    assert not re.search(r"\b(?:check|detail|profile|note|adapt|finding)\.[a-z0-9]+\.\w+", words), (
        "a key without words"
    )


def html_text(words: str) -> str:
    return words.replace("&", "&amp;").replace('"', "&#34;").replace("'", "&#39;")


def test_it_needs_nothing_else_and_reads_in_order(shipped: str) -> None:
    outline = Outline(shipped)
    assert outline.faults == []
    assert outline.open == []
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    steps = zip(outline.headings, outline.headings[1:], strict=False)
    assert [pair for pair in steps if pair[1] - pair[0] > 1] == []
    assert len(set(outline.ids)) == len(outline.ids)
    assert [link for link in outline.links if link.removeprefix("#") not in outline.ids] == []
    assert outline.links[0] == "#main"
    assert not re.search(r"https?://|@import|url\(", shipped)


def test_words_of_a_clinic_are_text_and_never_markup() -> None:
    own = changed("policy.toml", 'version = "1.0.2"', 'version = "<script>alert(1)</script>"')
    text = printed(own)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_what_is_laxer_is_said_where_it_is_signed() -> None:
    text = printed(
        changed(
            "d_illness.toml",
            'fever_or_infection", outcome = "defer", group = "dated", days = 7',
            'fever_or_infection", outcome = "defer", group = "dated", days = 5',
        )
    )
    assert "Laxer than the policy that ships, or in doubt: 1" in text
    assert "laxer: finding fever_or_infection, least hold in days: 7 -&gt; 5" in text
    assert "--accept-laxer 1" in text
    assert "These cases were worked out for the policy that ships" in text


def test_the_command_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: str) -> None:
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["policy", "print"])
    assert said.exit_code == 0
    assert "Written: policy-1.0.2.html" in said.stdout
    assert (tmp_path / "policy-1.0.2.html").read_text(encoding="utf-8") == shipped
    assert CliRunner().invoke(app, ["policy", "print", "--out", "-"]).stdout == shipped
    assert CliRunner().invoke(app, ["policy", "print", "--out", "nowhere/page.html"]).exit_code == 2


@pytest.mark.browser
def test_a_reader_skips_prints_and_never_scrolls_sideways(
    chromium: tuple[str, str], tmp_path: Path, shipped: str
) -> None:
    file = tmp_path / "policy.html"
    file.write_text(shipped, encoding="utf-8")
    with browser(chromium, tmp_path / "profile", (1280, 900)) as reader:
        driver = reader.driver
        driver.get(file.as_uri())
        assert driver.title == "Safety policy 1.0.2"
        driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        assert reader.focus.text == "Skip to the policy"
        assert reader.focus.is_displayed()
        driver.find_element(By.LINK_TEXT, "12. Cases").click()
        assert driver.current_url.endswith("#cases")
        for width in (1280, 703, 390):  # a desk, A4, a phone
            metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        sheets = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "pageRanges": "1-2"})[
            "data"
        ]
        assert len(sheets) > 20_000
        assert driver.get_log("browser") == []
