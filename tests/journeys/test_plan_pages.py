"""The pages around a plan, a call, one's data and a helper, in a real browser: axe clean, no sideways scroll."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

import bargain
from browser import for_the_guide
from cast import ZHAO_NAME, ZHAO_PHONE
from heyue.execution import calendar_feed
from heyue.identity import assistance
from heyue.identity.models import Person
from heyue.journey import perform
from heyue.negotiation import actions
from journeys.axe import violations

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]
HTML_LANG = {"zh-hans": "zh-CN", "en": "en"}
WIDTHS = (320, 360, 390, 1280)


def signed_in(person: Person) -> str:
    """A session of this person's; its key."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    assert session.session_key
    return session.session_key


def pages(deal: bargain.Bargain) -> dict[str, str]:
    """Every address looked at, with the name of its picture in the guide; that is empty for none."""
    plan = deal.plan(deal.cast.bank_a)
    row = plan.instalments.get(period=1)
    return {
        f"/n/{deal.id_at(deal.cast.bank_b)}/call": "",
        "/progress": "",
        "/banks/directory": "51-directory",
        "/calendar/reminders": "52-reminders",
        f"/plan/{plan.pk}": "",
        f"/plan/{plan.pk}/paid/{row.pk}": "53-paid",
        f"/plan/{plan.pk}/cannot": "54-cannot-pay",
        "/access": "",
        "/access/donghu/stop": "55-stop",
        "/me/data": "56-my-data",
        "/me/helpers": "57-helpers",
        "/helping": "",
    }


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_page_is_axe_clean_and_fits_its_width(live_server: LiveServer, phone: Page, language: str) -> None:
    deal = bargain.running(bargain.received(bargain.submitted(periods=12)))
    lin, bank = deal.cast.lin, deal.cast.bank_b
    for text, paper in (("还在缴社保吗？", ""), ("请补一份病历。", "medical")):
        perform(bargain.as_bank(bank), actions.ask, negotiation_id=deal.id_at(bank), text=text, paper=paper)
    perform(lin, calendar_feed.open_feed)
    asked = {"name": ZHAO_NAME, "phone": ZHAO_PHONE, "scopes": frozenset({"see"})}
    perform(lin, assistance.invite, **asked, ends_on=date(2026, 12, 31))
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": signed_in(deal.cast.lin_person), "url": live_server.url}
    spoken = {"name": "heyue_language", "value": language, "url": live_server.url}
    phone.context.add_cookies([cookie, spoken])  # type: ignore[list-item]
    amiss: list[str] = []
    for address, picture in pages(deal).items():
        phone.goto(live_server.url + address)
        assert phone.locator("html").get_attribute("lang") == HTML_LANG[language]
        if picture and language == "zh-hans":
            for_the_guide(phone, picture)
        amiss += [f"{address}: {rule} {element}" for rule, element in violations(phone)]
        for width in WIDTHS:
            phone.set_viewport_size({"width": width, "height": 844})
            if phone.evaluate("document.documentElement.scrollWidth") > width:
                amiss.append(f"{address}: wider than {width}")
    phone.goto("about:blank")
    assert amiss == []
