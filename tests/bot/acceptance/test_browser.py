"""The demo as a visitor has it: a visit is booked on the page, and the therapist's day follows."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from bot.texts import Catalogue
from tests.bot.acceptance.program import Program
from tests.bot.simulator.test_page import Page, browser

pytestmark = pytest.mark.browser
FIRST_CONTACT = ("first.consent.1.b", "first.condition.1.b", "first.time.1.b", "button.yes")
PROFILE = (
    "profile.ok_who.1.b", "profile.ok_when.1.b", "button.none", "button.none", "profile.heat_cold.4.b",
    "profile.relapse.4.b", "button.none", "button.none", "profile.hopes.1.b",
)  # fmt: skip
RED_CARDS = ("button.none", "button.none", "button.none")


class Visitor:
    """Somebody in front of the page, who waits for each answer before the next tap."""

    def __init__(self, page: Page) -> None:
        self.page, self.catalogue = page, Catalogue.load()

    def log(self, title: str) -> str:
        return str(self.page.phone(title).find_element(By.CSS_SELECTOR, ".log").text)

    def until(self, what: Callable[[], Any]) -> Any:
        wait = WebDriverWait(self.page.driver, 40, poll_frequency=0.1, ignored_exceptions=[Exception])
        return wait.until(lambda _: what())

    def reads(self, title: str, words: str) -> None:
        self.until(lambda: words in self.log(title))

    def tap(self, title: str, *keys: str) -> None:
        for key in keys:
            self.press(title, self.catalogue.say("en", key))

    def press(self, title: str, label: str) -> None:
        key = self.until(lambda: self.page.key(title, label))
        before = self.log(title)
        key.click()
        self.until(lambda: self.log(title) != before)

    def types(self, title: str, words: str) -> None:
        before = self.log(title)
        self.page.phone(title).find_element(By.TAG_NAME, "textarea").send_keys(words, Keys.ENTER)
        self.until(lambda: self.log(title).count("\n") > before.count("\n") + 2)

    def keys(self, title: str) -> list[str]:
        """The labels of the last card."""
        cards = self.page.phone(title).find_elements(By.CSS_SELECTOR, ".message")
        return [key.text for key in cards[-1].find_elements(By.CSS_SELECTOR, ".key")]


def visit(address: str, chromium: tuple[str, str], folder: Path) -> None:
    with browser(chromium, folder, (1400, 900)) as page:
        page.driver.get(address)
        maria = ana = Visitor(page)
        maria.press("Client", "Start")
        maria.tap("Client", *FIRST_CONTACT)
        maria.until(lambda: any(":" in label for label in maria.keys("Client")))
        when = [label for label in maria.keys("Client") if ":" in label][1]  # "Wed 3 Mar, 9:00"
        weekday, hour = " ".join(when.split()[:2]), when.rpartition(" ")[2]

        ana.types("Therapist", "/week")
        ana.press("Therapist", weekday)
        ana.reads("Therapist", f"{weekday} ")
        assert f"{hour} Maria" not in ana.log("Therapist")

        maria.press("Client", when)
        maria.tap("Client", "button.goon", *PROFILE, *RED_CARDS)
        maria.press("Client", maria.catalogue.say("en", "button.nophone"))
        maria.tap("Client", "button.confirm")
        maria.reads("Client", f"Booked: {when}")
        assert f"{hour} Maria" not in ana.log("Therapist"), "told before the 3 minutes of Undo are over"

        page.driver.find_element(By.CSS_SELECTOR, '[data-advance="3600"]').click()
        ana.reads("Therapist", f"{hour} Maria")


@pytest.mark.timeout(180)
async def test_a_visit_booked_on_the_page_stands_in_the_therapists_day(
    chromium: tuple[str, str], tmp_path: Path
) -> None:
    program = await Program.start("demo", "--no-browser", "--port", "0", cwd=tmp_path)
    try:
        address = (await program.says("The clinic is open: ")).rpartition(" ")[2]
        await asyncio.to_thread(visit, address, chromium, tmp_path / "profile")
        program.process.send_signal(signal.SIGINT)
        assert await program.ended(8) == 0
    finally:
        await program.kill()
    assert not [line for line in program.said if "Traceback" in line or "[error" in line], program.said
    assert [path.name for path in tmp_path.iterdir() if path.name != "profile"] == [], (
        "the demo keeps nothing"
    )
