"""The page in a real browser: three phones, by mouse and by keyboard alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from bot.simulator.client import Simulator
from tests.bot.simulator.conftest import polling
from tests.bot.simulator.test_phone import PNG
from tests.bot.simulator.test_remote import MovedClock

pytestmark = pytest.mark.browser
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


class Page:
    """The page as somebody in front of it sees it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def phone(self, title: str) -> Any:
        return self.driver.find_element(By.CSS_SELECTOR, f'.phone[data-title="{title}"]')

    def until(self, what: Callable[[], Any]) -> Any:
        return WebDriverWait(self.driver, 10, poll_frequency=0.05, ignored_exceptions=[Exception]).until(
            lambda _: what()
        )

    def key(self, title: str, label: str) -> Any:
        def found() -> Any:
            keys = self.phone(title).find_elements(By.CSS_SELECTOR, "button")
            return [key for key in keys if key.text == label and key.is_displayed()][-1]

        return self.until(found)

    def reads(self, title: str, words: str) -> None:
        self.until(lambda: words in self.phone(title).find_element(By.CSS_SELECTOR, ".log").text)

    @property
    def focus(self) -> Any:
        return self.driver.switch_to.active_element


@contextmanager
def browser(chromium: tuple[str, str], folder: Path, size: tuple[int, int]) -> Iterator[Page]:
    options = webdriver.ChromeOptions()
    options.binary_location = chromium[0]
    for argument in (*QUIET.split(), f"--user-data-dir={folder}", "--window-size={},{}".format(*size)):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromium[1]))
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        yield Page(driver)
        assert driver.get_log("browser") == []  # type: ignore[no-untyped-call]
    finally:
        driver.quit()


@pytest.fixture
async def shown() -> AsyncIterator[Simulator]:
    """A simulator with a movable clock, three phones on the page and the small bot."""
    async with Simulator.start(clock=MovedClock()) as sim:
        for number, name, title in (
            (1001, "Maria", "Client"),
            (1002, "Ana", "Therapist"),
            (1003, "Eva", "Admin"),
        ):
            sim.phone(number, name, title=title)
        async with polling(sim):
            yield sim


async def test_a_visit_to_the_page(shown: Simulator, chromium: tuple[str, str], tmp_path: Path) -> None:
    def visit() -> None:
        with browser(chromium, tmp_path, (1400, 900)) as page:
            page.driver.get(shown.url)
            page.key("Client", "Start").send_keys(Keys.ENTER)
            page.reads("Client", "Hello, you came with nothing.")
            assert page.until(lambda: page.focus.get_attribute("aria-label") == "Message of Client")

            page.key("Client", "Yes").send_keys(Keys.ENTER)
            page.reads("Client", "You said yes.")
            assert page.until(lambda: "edited" in page.focus.text), "focus stays on the message that changed"
            assert page.phone("Client").find_element(By.CSS_SELECTOR, ".toast").text == "You tapped yes."

            line = page.phone("Client").find_element(By.TAG_NAME, "textarea")
            line.send_keys("<img src=x onerror=alert(1)> & more", Keys.ENTER)
            page.reads("Client", "You wrote: <img src=x onerror=alert(1)> & more")
            assert page.phone("Client").find_elements(By.CSS_SELECTOR, ".log img") == []

            line.send_keys("phone", Keys.ENTER)
            page.key("Client", "Share my number").click()
            page.reads("Client", "Your own number.")

            picture = tmp_path / "letter.png"
            picture.write_bytes(PNG)
            page.phone("Client").find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(picture))
            page.reads("Client", f"{len(PNG)} bytes")
            assert page.phone("Client").find_elements(By.CSS_SELECTOR, ".log img")
            assert page.phone("Client").find_elements(By.CSS_SELECTOR, "a.file[download]")

            line.send_keys(f"https://t.me/gentle_hours_bot?start=i_{'x' * 22}", Keys.ENTER)
            page.reads("Client", "You wrote: https://t.me")
            page.phone("Client").find_elements(By.CSS_SELECTOR, ".log a")[-1].click()
            choices = page.driver.find_elements(By.CSS_SELECTOR, "#open-link .choices button")
            assert [choice.text for choice in choices] == ["Client: Maria", "Therapist: Ana", "Admin: Eva"]
            choices[1].click()
            page.reads("Therapist", "you came with i_xxx")

            page.key("Therapist", "No").click()
            alert = page.driver.find_element(By.ID, "alert")
            page.until(lambda: alert.text.startswith("You tapped no."))
            page.focus.send_keys(Keys.ENTER)
            page.until(lambda: not alert.is_displayed())

            before = page.driver.find_element(By.ID, "now").text
            page.driver.find_element(By.XPATH, "//button[.='+1 day']").click()
            page.until(lambda: page.driver.find_element(By.ID, "now").text != before)

    await asyncio.to_thread(visit)
    assert shown.phone(1002).last.text == "You said no."


async def test_one_phone_at_a_time_on_a_narrow_screen(
    shown: Simulator, chromium: tuple[str, str], tmp_path: Path
) -> None:
    for phone in shown.phones.values():
        await phone.start()
    await shown.quiet()

    def visit() -> None:
        with browser(chromium, tmp_path, (390, 844)) as page:
            page.driver.get(shown.url)
            page.reads("Client", "Hello")
            visible = [p.is_displayed() for p in page.driver.find_elements(By.CSS_SELECTOR, ".phone")]
            assert visible == [True, False, False]
            tabs = page.driver.find_elements(By.CSS_SELECTOR, "[role=tab]")
            tabs[0].send_keys(Keys.ARROW_RIGHT)
            page.reads("Therapist", "Hello")
            small = [
                (key.text, key.size)
                for key in page.driver.find_elements(By.CSS_SELECTOR, "button")
                if key.is_displayed() and "link" not in (key.get_attribute("class") or "")
                if min(key.size["height"], key.size["width"]) < 44
            ]
            assert small == []
            width = page.driver.execute_script("return document.documentElement.scrollWidth")
            assert width <= 390

    await asyncio.to_thread(visit)
