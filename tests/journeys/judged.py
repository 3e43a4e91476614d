"""A page of the desk judged at both of its widths: axe (WCAG 2.2 AA), nothing sideways."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from cast import PASSWORD
from journeys.axe import WCAG, violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZES = ((1920, 1080), (1280, 800))
LAYOUT = ["target-size", "scrollable-region-focusable"]
"""The rules that a wider page alone may break; the same elements are judged by all of them at the narrower width."""
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Desk:
    """A browser at the desk of one platform; every page is judged at 1920 and at 1280 px."""

    page: Page
    site: str

    def go(self, path: str) -> None:
        """Open a page of the desk."""
        self.page.goto(f"{self.site}{path}")

    def press(self, name: str, **more: Any) -> None:
        """Press the button of this name."""
        self.page.get_by_role("button", name=name, exact=True, **more).click()

    def signs_in(self, login: str, heading: str) -> None:
        """Sign in, whoever was here before."""
        self.page.context.clear_cookies()
        self.go("/desk/signin")
        self.page.locator("[name=login]").fill(login)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.get_by_role("button", name="登录", exact=True).click()
        expect(self.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()

    def in_english(self) -> None:
        """Choose English, as the account keeps it."""
        self.page.get_by_role("button", name="English", exact=True).click()
        expect(self.page.locator("html")).to_have_attribute("lang", "en")

    def judged(self, name: str, *, guide: str = "") -> None:
        """Judge the page. HEYUE_GUIDE: the folder for its picture at 1280 px, if it is one of the guide's;
        HEYUE_LOOK: the folder for pictures of everything at both widths."""
        self.page.wait_for_load_state()
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            # As tall as the page, so that no line lies half under the bar at the foot, as it does until one scrolls.
            tall = max(height, int(self.page.evaluate("document.documentElement.scrollHeight")))
            self.page.set_viewport_size({"width": width, "height": tall})
            faults = violations(self.page, WCAG if width == SIZES[-1][0] else LAYOUT)
            assert not faults, f"{name} at {width} px: {faults}"
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} px wide on {width}"
            if folder := os.environ.get("HEYUE_LOOK"):
                self.page.screenshot(path=Path(folder) / f"{name}-{width}.png")
        self.page.set_viewport_size({"width": 1280, "height": 800})
        if guide and (folder := os.environ.get("HEYUE_GUIDE")):
            self.page.screenshot(path=Path(folder) / f"{guide}.png")
