"""Goal 8: the borrower's home against bare Django pages of the same rows, in turn, with other borrowers or without.

All answer in this process. The bare page asks for the cards in one question and writes them as a list: no request, no
session, no sign-in, no figures of a day. The signed-in page does the same for the one whom Django's own sessions know,
through Django's test client as ours. Told are p95 of each, and how many questions ours asks.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable

os.environ.setdefault("HEYUE_MODE", "test")
os.environ.setdefault("HEYUE_VAR", tempfile.mkdtemp(prefix="heyue-bench-"))
os.environ["DJANGO_SETTINGS_MODULE"] = "heyue.settings"

import django

django.setup()

from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import Context, Template  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import CaptureQueriesContext, override_settings  # noqa: E402
from django.urls import path  # noqa: E402

import build  # noqa: E402
from heyue.identity.models import Person  # noqa: E402
from heyue.wallet.models import Card  # noqa: E402

BARE = Template(
    "<!doctype html><title>cards</title><ul>{% for card in cards %}<li>{{ card.bank.short_name }} {{ card.product }}"
    " {{ card.last4 }} {{ card.balance_fen }} {{ card.per_day_fen }} {{ card.days_overdue }}</li>{% endfor %}</ul>"
)


def bare(request: HttpRequest) -> HttpResponse:
    """The same rows with nothing around."""
    cards = Card.objects.filter(borrower_id=request.META["borrower"]).select_related("bank")
    return HttpResponse(BARE.render(Context({"cards": cards})))


def _bare_of_the_one(request: HttpRequest) -> HttpResponse:
    """The same for whom the session says."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    request.META["borrower"] = request.user.pk
    return bare(request)


urlpatterns = [path("", _bare_of_the_one)]


def _this_url_list(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let a request find the pages of this file, not the product's."""

    def answered(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__
        return get_response(request)

    return answered


def signed_in_client(person: Person) -> Client:
    """A client of the bare signed-in page; its middleware is kept from its first request on."""
    django_own = ["django.contrib.sessions.middleware.SessionMiddleware"]
    django_own += ["django.contrib.auth.middleware.AuthenticationMiddleware"]
    with override_settings(MIDDLEWARE=[f"{__name__}._this_url_list", *django_own]):
        made = Client()
        made.force_login(person)
        if b"0012" not in made.get("/").content:
            raise SystemExit("the bare page does not show the cards")
    return made


def p95(do: Callable[[], object], number: int) -> float:
    """The 95th of a hundred, in milliseconds."""
    took = []
    for _ in range(number):
        begun = time.perf_counter()
        do()
        took.append((time.perf_counter() - begun) * 1000)
    return sorted(took)[int(number * 0.95) - 1]


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--number", type=int, default=60)
    parser.add_argument("--others", type=int, default=5_000, help="borrowers with a card who stand beside")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        lin = build.borrower("13800005678", "林晓", "110101199003077619")
        banks = [build.bank(f"bank-{n}", f"第{n}银行", "银") for n in range(4)]
        for n, bank in enumerate(banks):
            build.cards(lin, bank, *(build.card_told(last4=f"{n}{m}12") for m in range(2)))
        http = Client()
        http.force_login(Person.objects.get(pk=lin.person_id))
        plainest = signed_in_client(Person.objects.get(pk=lin.person_id))
        plain = RequestFactory().get("/", borrower=lin.person_id)
        told = {}
        for others in (0, given.others):
            _beside(others)
            home, base = (lambda: http.get("/")), (lambda: bare(plain))
            if home().status_code != 200 or b"0012" not in home().content or b"0012" not in base().content:
                raise SystemExit("a page does not show the cards")
            with CaptureQueriesContext(connection) as asked:
                home()
                questions = len(connection.queries_log) - asked.initial_queries
            signed_in = lambda: plainest.get("/")  # noqa: E731 - as the two above
            trio = [tuple(p95(one, given.number) for one in (base, signed_in, home)) for _ in range(given.rounds)]
            told[others] = {
                f"p95 {name} ms": round(statistics.median(round_[n] for round_ in trio), 2)
                for n, name in enumerate(("bare", "signed in", "ours"))
            }
            for n, name in enumerate(("bare", "signed in")):
                ratios = [round_[2] / round_[n] for round_ in trio]
                told[others][f"of {name}"] = round(statistics.median(ratios), 2)
                told[others][f"spread of {name}"] = [round(min(ratios), 2), round(max(ratios), 2)]
            told[others] |= {
                "questions": questions,
                "bytes": len(home().content),
            }
            print(f"beside {others} others: {told[others]}", flush=True)
        print(json.dumps({"title": f"borrower's home, {connection.vendor}", "by others": told}))
    finally:
        runner.teardown_databases(databases)


def _beside(number: int) -> None:
    """Let so many others have a card, as copies of one."""
    one = Card.objects.select_related("link").first()
    if one is None or not number:
        return
    made = [Person(role="borrower", login=f"other-{n}", created_at=one.link.synced_at) for n in range(number)]
    Person.objects.bulk_create(made)
    fields = {field.attname: getattr(one, field.attname) for field in Card._meta.concrete_fields} | {"link_id": None}
    fields.pop("id")
    Card.objects.bulk_create([Card(**fields | {"borrower_id": person.pk}) for person in made])


if __name__ == "__main__":
    main()
