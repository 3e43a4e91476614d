"""A real Chromium (Debian's) for tests, and what every page must hold: no console error, no other host."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from playwright.sync_api import Browser, Page, sync_playwright

FONTS = Path(__file__).resolve().parents[1] / "src" / "heyue" / "assets" / "fonts"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class PageAtFault(AssertionError):
    """A page wrote an error to its console, threw, or asked another host for something."""


def chromium_path() -> str:
    """Return where Debian's Chromium is. Raises ``FileNotFoundError`` with the line that installs it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        raise FileNotFoundError("Chromium is missing: sudo apt-get update && sudo apt-get install -y chromium")
    return found


def with_our_fonts(folder: Path) -> dict[str, str]:
    """Return the environment in which fontconfig finds the shipped Chinese fonts; it writes in ``folder``.

    Pages use the system's fonts, and a fresh Debian has none for Chinese.
    """
    configuration = folder / "fonts.conf"
    configuration.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"<dir>{escape(str(FONTS))}</dir>\n<cachedir>{escape(str(folder / 'fontconfig'))}</cachedir>\n"
        "</fontconfig>\n",
        encoding="utf-8",
    )
    return {**os.environ, "FONTCONFIG_FILE": str(configuration)}


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Run Chromium without a window until the block ends; ``folder`` holds its font settings."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            env=with_our_fonts(folder),
            # Root and containers cannot use Chromium's own sandbox, and small ones have a small /dev/shm.
            args=["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"],
        )
        try:
            yield browser
        finally:
            browser.close()


def for_the_guide(page: Page, name: str) -> None:
    """Take the guide's picture of this page at a phone's width, when HEYUE_GUIDE names the folder for it."""
    if folder := os.environ.get("HEYUE_GUIDE"):
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.screenshot(path=Path(folder) / f"{name}.png")


@contextmanager
def watched_page(browser: Browser, viewport: dict[str, int], *, ignored: tuple[str, ...] = ()) -> Iterator[Page]:
    """Open a page in a session of its own; at the end raise ``PageAtFault`` if it misbehaved.

    ``ignored`` are words of console errors that a test provokes on purpose (a 404 page, say).
    """
    context = browser.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(f"console: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    context.on("request", lambda asked: faults.append(f"asked {asked.url}") if _elsewhere(asked.url) else None)
    try:
        yield page
    finally:
        context.close()
    told = [fault for fault in faults if not any(words in fault for words in ignored)]
    if told:
        raise PageAtFault("\n".join(told))


def _elsewhere(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOOPBACK
