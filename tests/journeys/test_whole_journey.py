"""The nine steps of the journey, in a real browser, with three banks as processes, and deaths on the way."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from journeys.axe import violations
from journeys.demo import RunningDemo, running_demo
from journeys.walk import Walk, read_told

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
KINDS_ONCE_PER_BANK = ("签了回执", "签了协议，协议生效", "停止催收")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """One fresh demo."""
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def walk(demo: RunningDemo, phone: Page, desk: Page, fits: Callable[[Page], None]) -> Walk:
    """Lin's phone and a desk. Each page worth a look is judged by axe and by its width; HEYUE_GUIDE: a folder."""
    folder = os.environ.get("HEYUE_GUIDE")

    def keep(name: str, page: Page) -> None:
        # As tall as the page, so that no line lies half under the bar at the foot, as it does only until one scrolls.
        seen = page.viewport_size
        assert seen is not None
        tall = max(seen["height"], int(page.evaluate("document.documentElement.scrollHeight")))
        page.set_viewport_size({"width": seen["width"], "height": tall})
        told = violations(page)
        page.set_viewport_size(seen)
        assert not told, f"{name} {page.url}: {told}"
        if page is phone:
            fits(page)
        if folder and page is phone:  # the desk's pictures are taken where its own days are walked
            page.screenshot(path=Path(folder) / f"{name}.png")

    return Walk(read_told(demo.var), phone, desk, keep)


def test_from_the_first_page_to_the_last_payment(demo: RunningDemo, walk: Walk) -> None:
    # 1–2: sign in, join, bind, interview, proofs, hand in
    walk.sign_in()
    walk.join_and_bind()
    walk.interview()
    walk.prove()
    walk.submit()
    walk.progress_shows("初审正在看")

    # 3–4: the review; the worker dies at once, a bank dies while its form is on the way
    walk.review()
    demo.kill("cli worker")
    demo.kill("bank-nanshan.sqlite")
    walk.progress_shows("等它答复")
    expect(walk.phone.get_by_text("收到申请")).to_have_count(3, timeout=90_000)
    walk.seen("07-progress", walk.phone)

    # 5–6: bank A accepts as asked, bank B counters, both are signed; bank A dies before it signs
    walk.sign_in_at_desk("operator")
    walk.move_clock("2026-11-17")
    walk.progress_shows("等你签", "还价：24期")
    demo.kill("bank-donghu.sqlite")
    walk.sign()
    walk.counter_offer("48")
    walk.progress_shows("等你签")
    walk.sign()

    # 7: bank C stays silent past the seventh working day, is chased, and answers at the desk
    walk.sign_in_at_desk("operator")
    walk.move_clock("2026-11-25")
    walk.progress_shows("今天到期")
    walk.sign_in_at_desk("operator")
    walk.move_clock("2026-11-26")
    walk.progress_shows("催办函")
    walk.note_call()
    walk.sign_in_at_desk("operator")
    walk.move_clock("2026-12-02")
    walk.progress_shows("投诉")
    walk.offer_at_desk("12", "2026-12-12")
    walk.accept_offer()
    walk.progress_shows("等你签")
    walk.sign()

    # 8: twelve due dates of bank C's plan, one by one; payments come from the banks' feeds
    hashes = {walk.hash_of("agreement"), walk.hash_of("plan")}
    walk.sign_in_at_desk("operator")
    for period, due_on in enumerate(twelve_dues(date(2027, 1, 20)), start=1):
        walk.move_clock(due_on.isoformat())
        walk.wait_until_paid(period)
    walk.go("/calendar")
    walk.seen("10-calendar", walk.phone)
    walk.progress_shows("还清")
    hashes.add(walk.hash_of("plan"))
    assert len(hashes) == 1, hashes

    # 9: every step stands in the evidence timeline, and what may happen once happened once for each bank
    walk.go("/access")
    walk.seen("11-access", walk.phone)
    told = walk.phone.locator("main").inner_text()
    for bank in ("东湖", "南山", "北川"):
        for kind in KINDS_ONCE_PER_BANK:
            assert len(re.findall(f"{bank}{kind}", told)) == 1, (bank, kind)
    walk.sign_in_at_desk("operator")
    walk.desk.goto(walk.told["desk"] + "messages")
    expect(walk.desk.locator("main")).to_contain_text(re.compile("没有|都送到了"))


def twelve_dues(first: date) -> Iterator[date]:
    """Yield twelve days, a month apart."""
    for month in range(12):
        turned = first.month - 1 + month
        yield first.replace(year=first.year + turned // 12, month=turned % 12 + 1)
