"""The bank's customers: the cast that its profile names, and a seeded crowd around them, all invented."""

import random
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox_bank.business_clock import day_of_month
from sandbox_bank.database import as_json
from sandbox_bank.money import to_fen, to_yuan
from sandbox_bank.profile import Profile

SURNAMES = "王李张刘陈杨黄吴周徐孙马朱胡郭何高罗"
GIVEN = (
    "伟",
    "芳",
    "敏",
    "静",
    "磊",
    "洋",
    "艳",
    "勇",
    "娟",
    "涛",
    "明",
    "秀兰",
    "霞",
    "桂英",
    "建国",
    "雨",
    "佳",
    "浩",
)
REGIONS = ("110105", "310104", "420106", "440305", "510107", "330106", "610113", "350203")
SHOPS = ("超市", "加油", "餐饮", "医院", "房租", "网上购物", "培训", "家电城", "通信费")
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK = "10X98765432"
CROWD_MONTHS = 6
MINIMUM_RATIO = "0.10"


@dataclass(frozen=True)
class Habits:
    """How one invented customer spends and pays: fen a month, share paid back, month of the last payment."""

    spend_fen: int
    pays_per_cent: int
    stops_after: int


def id_number(seventeen: str) -> str:
    """A resident identity number with its check digit (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, ID_WEIGHTS, strict=True))
    return seventeen + ID_CHECK[total % 11]


def seed(connection: sqlite3.Connection, profile: Profile, day: date) -> None:
    """Write the whole portfolio as of the bank's first business date; the same every time for one profile and day.

    What the profile tells of later days is left out, for it has not happened; `ValueError` before a card's opening.
    """
    for person in profile.people:
        customer = _add_customer(connection, person["name"], person["id_number"], person["phone"], cast_member=True)
        for card in person["cards"]:
            _add_card(connection, profile.slug, customer, card, day)
    chance = random.Random(f"{profile.slug} portfolio")
    for _ in range(profile.crowd["number"]):
        _add_one_of_the_crowd(connection, profile, chance, day)


def _add_customer(connection: sqlite3.Connection, name: str, number: str, phone: str, *, cast_member: bool) -> int:
    row = connection.execute(
        "INSERT INTO customers (name, id_number, phone, cast_member) VALUES (?, ?, ?, ?)",
        (name, number, phone, int(cast_member)),
    )
    return int(row.lastrowid or 0)


def _add_card(connection: sqlite3.Connection, slug: str, customer: int, card: dict[str, Any], today: date) -> None:
    token = f"{slug}-{customer:04d}-{card['last4']}"
    opening = card.get("opening")
    if opening and opening["date"] > today.isoformat():
        raise ValueError(f"card {card['last4']} opens on {opening['date']}, after {today}")
    connection.execute(
        "INSERT INTO cards (token, customer_id, last4, product, terms, opening) VALUES (?, ?, ?, ?, ?, ?)",
        (token, customer, card["last4"], card["product"], as_json(card["terms"]), opening and as_json(opening)),
    )
    for day, kind, amount, text in card["events"]:
        if day <= today.isoformat():
            record(connection, token, date.fromisoformat(day), kind, to_fen(amount), text)


def record(connection: sqlite3.Connection, card: str, day: date, kind: str, amount_fen: int, text: str) -> None:
    """Book one activity on a card."""
    connection.execute(
        "INSERT INTO activity (card, date, kind, amount_fen, text) VALUES (?, ?, ?, ?, ?)",
        (card, day.isoformat(), kind, amount_fen, text),
    )


def _add_one_of_the_crowd(connection: sqlite3.Connection, profile: Profile, chance: random.Random, day: date) -> None:
    birthday = date(1962, 1, 1) + timedelta(days=chance.randrange(15000))
    number = id_number(f"{chance.choice(REGIONS)}{birthday:%Y%m%d}{chance.randrange(1000):03d}")
    name = chance.choice(SURNAMES) + chance.choice(GIVEN)
    phone = f"13{chance.randrange(10)}0000{chance.randrange(10000):04d}"
    customer = _add_customer(connection, name, number, phone, cast_member=False)
    for product in chance.sample(profile.crowd["products"], chance.choice((1, 1, 2))):
        _add_card(connection, profile.slug, customer, _invented_card(profile, chance, product, day), day)


def _invented_card(profile: Profile, chance: random.Random, product: str, day: date) -> dict[str, Any]:
    habits = Habits(
        spend_fen=chance.randrange(80_000, 600_000),
        pays_per_cent=chance.choice((100, 100, 40, 15)),
        stops_after=chance.choice((CROWD_MONTHS, CROWD_MONTHS, 4, 3)),
    )
    return {
        "last4": f"{chance.randrange(10000):04d}",
        "product": product,
        "terms": {
            "daily_rate": profile.crowd["daily_rate"],
            "method": "full",
            "statement_day": chance.choice(profile.crowd["statement_days"]),
            "due_after_days": profile.crowd["due_after_days"],
            "minimum_ratio": MINIMUM_RATIO,
            "late_fee_ratio": profile.crowd["late_fee_ratio"],
        },
        "events": _invented_events(chance, habits, day),
    }


def _invented_events(chance: random.Random, habits: Habits, day: date) -> list[tuple[str, str, str, str]]:
    """Half a year of spending and paying that ends before `day`."""
    events, owed_fen = [], 0
    for month in range(CROWD_MONTHS):
        first = day_of_month(day.year, day.month - CROWD_MONTHS + month, 1)
        bought_fen = habits.spend_fen * chance.randrange(60, 141) // 100
        bought_on = first + timedelta(days=chance.randrange(20))
        paid_fen = owed_fen * habits.pays_per_cent // 100
        if paid_fen and month <= habits.stops_after:
            events.append((first.replace(day=18).isoformat(), "payment", to_yuan(paid_fen), "还款"))
            owed_fen -= paid_fen
        events.append((bought_on.isoformat(), "purchase", to_yuan(bought_fen), chance.choice(SHOPS)))
        owed_fen += bought_fen
    return sorted(events)
