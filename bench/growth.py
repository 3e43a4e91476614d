"""Goal 10: hot reads while the tables grow, against bare SQL on the same tables (PostgreSQL).

One negotiation is led to a running plan by the product's own verbs; its rows are then copied under new ids, many to a
statement, until there are so many. Each read of ours (pages, the gateway's door, what the worker asks again and again)
is timed beside a bare indexed read of the same table at each size; what counts is by how much each slows down. A plan
that reads a whole table is named.

    HEYUE_DATABASE_URL=postgresql://postgres@127.0.0.1:5432/postgres PYTHONPATH=src:bench:tests \\
        .venv/bin/python bench/growth.py --sizes 10000 100000 1000000
"""

import argparse
import json
import os
import re
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any
from uuid import UUID

os.environ.setdefault("HEYUE_MODE", "test")
os.environ.setdefault("HEYUE_VAR", tempfile.mkdtemp(prefix="heyue-bench-"))
os.environ["DJANGO_SETTINGS_MODULE"] = "heyue.settings"

import django

django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Model, QuerySet  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402

import bargain  # noqa: E402 - Django's settings come first
from heyue.agreement import reads as agreements  # noqa: E402
from heyue.agreement.models import Agreement  # noqa: E402
from heyue.application.models import Application, Debt  # noqa: E402
from heyue.banks import inbox, outbox  # noqa: E402
from heyue.banks.models import OutboundMessage  # noqa: E402
from heyue.deadlines import due_now  # noqa: E402
from heyue.deadlines.models import Wait  # noqa: E402
from heyue.dispatch import reads as dispatches  # noqa: E402
from heyue.dispatch.models import Dispatch  # noqa: E402
from heyue.engine.moves import Actor, Role  # noqa: E402
from heyue.evidence import timeline  # noqa: E402
from heyue.evidence.models import Leaf  # noqa: E402
from heyue.execution import reads as executions  # noqa: E402
from heyue.execution.models import Instalment, Plan  # noqa: E402
from heyue.identity.models import Person  # noqa: E402
from heyue.negotiation import reads as negotiations  # noqa: E402
from heyue.negotiation.models import Negotiation, Offer  # noqa: E402
from heyue.notices.models import Notice  # noqa: E402
from heyue.notices.telling import to_text  # noqa: E402

ASKED = 40
SECONDS_MAX = 1.0
IDS = frozenset(
    "borrower_id person_id application_id debt_id dispatch_id negotiation_id offer_id agreement_id plan_id subject_id"
    " bank_ref login number phone_hash id_number_hash".split()
)
"""Columns that are copied under a new value: an id, or a text that must be the row's own."""


class Copies:
    """Rows of one matter, and so many copies of it."""

    def __init__(self, deal: bargain.Bargain) -> None:
        bank = deal.cast.bank_a
        talk = deal.talk(bank)
        self.bank_id, self.talk_id = bank.pk, talk.pk
        mine = {"negotiation_id": talk.pk}
        self.templates: list[tuple[type[Model], list[Any]]] = [
            (Person, [talk.borrower_id]),
            (Application, [talk.application_id]),
            (Debt, [talk.debt_id]),
            (Dispatch, [talk.dispatch_id]),
            (Offer, _ids(Offer, **mine)),
            (Negotiation, [talk.pk]),
            (Agreement, _ids(Agreement, **mine)),
            (Plan, _ids(Plan, **mine)),
            (Instalment, _ids(Instalment, **mine)[:12]),
            (OutboundMessage, _ids(OutboundMessage, **mine)),
            (Leaf, _ids(Leaf, **mine)),
            (Wait, _ids(Wait, borrower_id=talk.borrower_id)[:6]),
            (Notice, _ids(Notice, person_id=talk.borrower_id)[:4]),
        ]
        self.made = 1

    def grow(self, size: int) -> None:
        """Copy until there are ``size`` negotiations; what was sent has been judged, waits have ended."""
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # the copies belong together by their making
            for model, rows in self.templates:
                for row in rows:
                    cursor.execute(_copy(model), [self.made, size - 1, row])
                cursor.execute(f"ANALYZE {model._meta.db_table}")
            cursor.execute("UPDATE banks_outboundmessage SET delivery='delivered', fate='taken' WHERE fate=''")
            cursor.execute("SET session_replication_role = origin")
            cursor.execute("VACUUM ANALYZE banks_outboundmessage")
        self.made = size


def _ids(model: type[Model], **where: Any) -> list[Any]:
    return list(model._default_manager.filter(**where).order_by("pk").values_list("pk", flat=True))


def _new(column: str) -> str:
    """The copy's own value, the same wherever the old one stood."""
    return f"md5({column}::text || n)"


def _copy(model: type[Model]) -> str:
    """One statement that copies one row under new ids, once for each number."""
    values = []
    for field in model._meta.local_concrete_fields:
        column = f't."{field.column}"'
        if not (field.primary_key or field.column in IDS):
            values.append(column)
        elif field.db_type(connection) == "uuid":
            values.append(f"{_new(column)}::uuid")
        elif field.get_internal_type() == "BigAutoField":
            values.append(f"nextval(pg_get_serial_sequence('{model._meta.db_table}', '{field.column}'))")
        else:
            values.append(f"left({_new(column)}, {field.max_length})")
    columns = ", ".join(f'"{field.column}"' for field in model._meta.local_concrete_fields)
    table, key = model._meta.db_table, model._meta.pk.column
    chosen = ", ".join(values)
    source = f'FROM "{table}" t, generate_series(%s, %s) n WHERE t."{key}" = %s'
    return f'INSERT INTO "{table}" ({columns}) SELECT {chosen} {source}'


def reads(copies: Copies, one: tuple[UUID, UUID]) -> dict[str, tuple[QuerySet[Any], str, list[Any]]]:
    """Each read of ours: its query, the bare SQL beside it, and its values."""
    talk_id, borrower_id = one
    lin, bank = Actor(Role.BORROWER, borrower_id), Actor(Role.BANK, bank_id=copies.bank_id)
    talk = "SELECT * FROM negotiation_negotiation WHERE "
    out, came = "SELECT * FROM banks_outboundmessage WHERE ", "SELECT * FROM banks_inboundmessage WHERE "
    return {
        "borrower: own negotiations": (negotiations.visible(lin), talk + "borrower_id = %s", [borrower_id]),
        "borrower: one of them": (negotiations.visible(lin).filter(pk=talk_id), talk + "id = %s", [talk_id]),
        "borrower: forms": (
            dispatches.visible(lin), "SELECT * FROM dispatch_dispatch WHERE borrower_id = %s", [borrower_id]),
        "borrower: agreements": (
            agreements.visible(lin), "SELECT * FROM agreement_agreement WHERE borrower_id = %s", [borrower_id]),
        "borrower: instalments to come": (
            executions.upcoming(lin)[:20], "SELECT * FROM execution_plan WHERE borrower_id = %s", [borrower_id]),
        "ledger: a negotiation": (
            timeline(negotiation_id=talk_id)[:50], "SELECT * FROM evidence_leaf WHERE negotiation_id = %s", [talk_id]),
        "ledger: a borrower": (
            timeline(borrower_id=borrower_id)[:50],
            "SELECT * FROM evidence_leaf WHERE borrower_id = %s", [borrower_id]),
        "bank: a page of negotiations": (
            dispatches.after(bank, talk_id)[:51],
            "SELECT * FROM dispatch_dispatch WHERE id > %s ORDER BY id LIMIT 51", [talk_id]),
        "worker: what to judge": (
            inbox.judgeable().order_by("next_try_at", "pk")[:10], came + "judgement = 'waiting' LIMIT 10", []),
        "worker: what to send": (
            outbox.deliverable().order_by("next_try_at", "pk")[:10], out + "delivery = 'waiting' LIMIT 10", []),
        "worker: what to ask of": (
            outbox.unjudged().order_by("next_try_at", "pk")[:10], out + "delivery = 'waiting' LIMIT 10", []),
        "worker: waits that are over": (
            due_now().order_by("next_try_at", "pk")[:10],
            "SELECT * FROM deadlines_wait WHERE outcome = 'open' AND due_on < '2026-01-01' LIMIT 10", []),
        "worker: forms to make": (
            dispatches.to_typeset().order_by("next_try_at", "pk")[:10],
            "SELECT * FROM dispatch_dispatch WHERE id = %s", [talk_id]),
        "worker: agreements to make": (
            agreements.to_typeset().order_by("next_try_at", "pk")[:10],
            "SELECT * FROM agreement_agreement WHERE id = %s", [talk_id]),
        "worker: notices to send": (to_text()[:10], "SELECT * FROM notices_notice WHERE person_id = %s", [borrower_id]),
    }  # fmt: skip


def timed(do: Callable[[], Any]) -> float:
    """The middle time of one, in milliseconds."""
    do()
    took = []
    until = time.monotonic() + SECONDS_MAX
    for _ in range(ASKED):
        begun = time.perf_counter()
        do()
        took.append((time.perf_counter() - begun) * 1000)
        if time.monotonic() > until:
            break
    return statistics.median(took)


def bare(sql: str, values: list[Any]) -> list[Any]:
    """The same by hand."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def whole_tables(query: QuerySet[Any]) -> list[str]:
    """The tables that a query reads from end to end, but those that are small by nature."""
    plan = query.explain()
    return sorted(set(re.findall(r"Seq Scan on (\w+)", plan)) - {"banks_bank", "banks_sandboxcontrol"})


def measure(copies: Copies) -> dict[str, dict[str, Any]]:
    """Time every read at this size."""
    row = Negotiation.objects.order_by("pk").values_list("pk", "borrower_id")[copies.made // 2]
    found = {}
    for name, (query, sql, values) in reads(copies, row).items():
        ours = timed(lambda query=query: list(query.all()))
        base = timed(lambda sql=sql, values=values: bare(sql, values))
        found[name] = {"ours ms": round(ours, 3), "bare ms": round(base, 3), "whole": whole_tables(query)}
    return found


def main() -> None:
    """Grow and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if connection.vendor != "postgresql":
        raise SystemExit("growth is measured on PostgreSQL: set HEYUE_DATABASE_URL")
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        deal = bargain.running()
        copies, told = Copies(deal), {}
        for size in given.sizes:
            begun = time.monotonic()
            copies.grow(size)
            print(
                f"{size:,} negotiations, {Leaf.objects.count():,} leaves: grown in {time.monotonic() - begun:.0f} s",
                flush=True,
            )
            told[size] = measure(copies)
        _tell(given.sizes, told)
    finally:
        runner.teardown_databases(databases)


def _tell(sizes: list[int], told: dict[int, dict[str, dict[str, Any]]]) -> None:
    first, last = sizes[0], sizes[-1]
    for name in told[first]:
        one, two = told[first][name], told[last][name]
        ours, base = two["ours ms"] / one["ours ms"], two["bare ms"] / one["bare ms"]
        two["slower"], two["bare slower"], two["ratio"] = round(ours, 2), round(base, 2), round(ours / base, 2)
        print(
            f"  {name:<32} {one['ours ms']:>8.2f} → {two['ours ms']:>8.2f} ms (× {ours:>6.2f})   bare"
            f" {one['bare ms']:>7.2f} → {two['bare ms']:>7.2f} (× {base:>5.2f})   ratio {ours / base:>6.2f}"
            f"   {'whole: ' + ', '.join(two['whole']) if two['whole'] else ''}"
        )
    print(json.dumps({"title": "growth of hot reads, postgresql", "sizes": sizes, "found": told[last]}))


if __name__ == "__main__":
    main()
