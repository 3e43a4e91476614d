"""The account feed (gateway-v1 section 2): links by consent, what each consent opens, pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from heyue.gateway import wire
from heyue.gateway.problems import Problem
from heyue.gateway.server.door import Asked, Operation, Response, written
from heyue.gateway.server.inbox import Finish, Inbox, Reading
from heyue.gateway.server.setting import Setting
from heyue.gateway.server.store import Link, Transaction

PAGE_MAX = 500
PAYMENT_KINDS = ("payment", "refund")
SEQ_MAX, DIGITS_MAX = 1_000_000_000, 10


class Feed:
    """What a holder's consent lets the platform see."""

    def __init__(self, setting: Setting, inbox: Inbox) -> None:
        self._setting, self._inbox = setting, inbox

    def operations(self) -> dict[tuple[str, str], Operation]:
        """Return what the door lets in here."""
        return {
            ("POST", "account-links"): lambda asked: self._inbox.take(asked, self._open),
            ("DELETE", "account-links/*"): self._end,
            ("GET", "account-links/*/cards"): self._cards,
            ("GET", "account-links/*/activity"): self._activity,
        }

    def _open(self, asked: Asked, value: Any) -> Finish:
        told = wire.shaped(wire.LinkAsked, value)
        find = self._setting.handlers.customer
        customer = find(told.holder) if find else None

        def finish(transaction: Transaction) -> Reading:
            if customer is None:
                return Reading.refused(Problem("not-our-customer", 404), "link")
            link = Link(str(uuid.uuid4()), customer, told.consent.model_dump(mode="json"), self._setting.now())
            transaction.save_link(link)
            return Reading("link", 201, {"link": link.ref}, fate="taken")

        return finish

    def _end(self, asked: Asked) -> Response:
        with self._setting.store.transaction() as transaction:
            link = transaction.link(asked.parts[1])
            if link is None:
                raise Problem("unknown-link", 404)
            if link.ended_at is None:
                transaction.save_link(replace(link, ended_at=self._setting.now()))
        return Response(204)

    def _live(self, asked: Asked) -> tuple[str, set[str]]:
        """Return the customer behind a link, and what the consent opens."""
        with self._setting.store.reading() as transaction:
            link = transaction.link(asked.parts[1])
        if link is None or link.ended_at is not None:
            raise Problem("unknown-link", 404, "no such link, or its consent was withdrawn")
        scopes = set(link.consent["scopes"])
        if "accounts" not in scopes:
            raise Problem("scope-missing", 403, "the consent does not open the accounts")
        return link.customer, scopes

    def _cards(self, asked: Asked) -> Response:
        customer, scopes = self._live(asked)
        tell = self._setting.handlers.cards
        if tell is None:
            raise RuntimeError("the bank has no handler for cards")
        told = wire.Cards.model_validate(tell(customer)).model_dump(mode="json")
        if "statements" not in scopes:
            told["cards"] = [card | {"statements": []} for card in told["cards"]]
        return Response(200, written(told))

    def _activity(self, asked: Asked) -> Response:
        after = _after(asked.request.query)
        customer, scopes = self._live(asked)
        tell = self._setting.handlers.activity
        if tell is None:
            raise RuntimeError("the bank has no handler for activity")
        seen = islice(_open_to(scopes, tell(customer, after)), PAGE_MAX + 1)
        found = [wire.Activity.model_validate(one).model_dump(mode="json") for one in seen]
        page = found[:PAGE_MAX]
        if any(later["seq"] <= earlier["seq"] for earlier, later in zip([{"seq": after}, *page], page, strict=False)):
            raise ValueError("activity is told in the order of its seq, after the one that is known")
        last = page[-1]["seq"] if page else after
        return Response(200, written({"events": page, "next": last, "more": len(found) > PAGE_MAX}))


def _open_to(scopes: set[str], told: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (one for one in told if "payments" in scopes or one["kind"] not in PAYMENT_KINDS)


def _after(query: str) -> int:
    """Read ``after``; without one, from the beginning."""
    given = [value for name, _, value in (part.partition("=") for part in query.split("&")) if name == "after"]
    text = given[-1] if given else "0"
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX and int(text) <= SEQ_MAX):
        raise Problem("malformed", 422, "not a page", [("/after", "the seq of an activity")])
    return int(text)
