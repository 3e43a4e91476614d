"""axe (WCAG 2.2 AA and its good practice) over the page that a browser is at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Page

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SCRIPT = Axe().axe_script
RUN = """async (rules) => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  return found.violations.flatMap((rule) => rule.nodes.map((node) => [rule.id, node.html.slice(0, 200)]));
}"""
TRIES_MAX = 3


def violations(page: Page, rules: Sequence[str] = WCAG) -> list[list[str]]:
    """Return what axe finds: rule and element. A page that a click is just leaving is not judged, the next is."""
    for left in reversed(range(TRIES_MAX)):
        page.wait_for_load_state()
        try:
            page.evaluate(SCRIPT)
            found: list[list[str]] = page.evaluate(RUN, list(rules))
        except Error:
            if not left:
                raise
        else:
            return found
    raise AssertionError
