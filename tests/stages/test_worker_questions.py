"""What the worker asks again and again has an index of its own: no table is read from end to end for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from heyue import clock
from heyue.agreement import reads as agreements
from heyue.banks import inbox, outbox
from heyue.deadlines import due_now
from heyue.dispatch import reads as dispatches
from heyue.execution.reads import coming
from heyue.notices import sms
from heyue.notices.models import MailMessage
from heyue.notices.telling import to_text
from heyue.wallet import reads as wallets

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite plans a parameter without its value"),
]


def by_turn(rows: QuerySet[Any]) -> QuerySet[Any]:
    """As ``work.claim`` asks."""
    return rows.order_by("next_try_at", "pk")[:10]


QUESTIONS: dict[str, Callable[[], QuerySet[Any]]] = {
    "banks_inboundmessage": lambda: by_turn(inbox.judgeable()),
    "banks_outboundmessage": lambda: by_turn(outbox.deliverable()),
    "banks_outboundmessage, fates": lambda: by_turn(outbox.unjudged()),
    "dispatch_dispatch": lambda: by_turn(dispatches.to_typeset()),
    "agreement_agreement": lambda: by_turn(agreements.to_typeset()),
    "deadlines_wait": lambda: by_turn(due_now()),
    "execution_instalment": lambda: coming(clock.today(), clock.today() + timedelta(days=7)),
    "notices_notice": lambda: to_text()[:500],
    "notices_textmessage": lambda: by_turn(sms.to_send()),
    "notices_mailmessage": lambda: by_turn(MailMessage.objects.filter(sent_at__isnull=True)),
    "wallet_accountlink": lambda: by_turn(wallets.to_sync()),
    "wallet_card": lambda: wallets.to_recount()[:50],
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_of_the_worker_reads_no_whole_table(name: str) -> None:
    table = name.partition(",")[0]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # empty tables are read whole otherwise
    plan = QUESTIONS[name]().explain()
    assert f"Seq Scan on {table}" not in plan, plan
