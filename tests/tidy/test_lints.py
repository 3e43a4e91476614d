"""What each lint of the house catches, and what it lets pass."""

import pytest

from tidy import lints

LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 70

CAUGHT = [
    (lints.file_too_long, "x = 1\n" * 501),
    (lints.function_too_long, LONG_FUNCTION),
    (lints.named_for_its_kind, "heyue/utils.py".removesuffix(".py")),
    (lints.named_for_its_kind, "heyue.engine.constants"),
    (lints.asks_the_machines_clock, "from datetime import date\nd = date.today()"),
    (lints.asks_the_machines_clock, "import datetime\nd = datetime.datetime.now(datetime.UTC)"),
    (lints.asks_the_machines_clock, "d = datetime.utcnow()"),
    (lints.asks_the_machines_clock, "t = timezone.now()"),
    (lints.turns_money_into_float, "x = float(fen) / 100"),
    (lints.writes_a_state, "row.state = 'sent'"),
    (lints.writes_a_state, "row.state, row.at = 'sent', at"),
    (lints.writes_a_state, "case.row.state += 'x'"),
    (lints.writes_a_state, "Model.objects.filter(pk=1).update(state='sent')"),
    (lints.writes_a_state, "setattr(row, 'state', 'sent')"),
    (lints.writes_a_state, "Model.objects.bulk_update(rows, ['state'])"),
    (lints.queries_unscoped, "cards = Card.objects.all()"),
    (lints.queries_unscoped, "card = get_object_or_404(Card.objects, pk=pk)"),
    (lints.listens_to_signals, "from django.db.models.signals import post_save"),
    (lints.listens_to_signals, "from django.dispatch import receiver"),
    (lints.takes_a_request, "def submit(actor, request): ..."),
    (lints.takes_a_request, "def submit(r: HttpRequest): ..."),
    (lints.opens_a_file, "text = open('a').read()"),
    (lints.opens_a_file, "text = path.read_text()"),
    (lints.undocumented, "def charge(fen: int) -> int:\n    return fen"),
    (lints.undocumented, "def charge(fen: int):\n    '''Charge.'''"),
    (lints.unfinished, "x = 1  # " + "TO" + "DO: later"),
    (lints.names_a_machine, "path = '" + "/wo" + "rk/main'"),
    (lints.names_a_machine, "cd " + "/ho" + "me/lin/heyue"),
    (lints.names_a_machine, "index = 'https://" + "pypi" + ".org/simple'"),
    (lints.has_emoji, "好了 " + chr(0x1F389)),
    (lints.reaches_another_host, '<img src="https://cdn.example.com/a.png">'),
    (lints.reaches_another_host, '<script src="//cdn.example.com/a.js"></script>'),
    (lints.has_inline_code, '<p style="color: red">'),
    (lints.has_inline_code, "<style>p { color: red }</style>"),
    (lints.has_inline_code, "<script>go()</script>"),
    (lints.has_inline_code, '<a href="#" onclick="go()">'),
    (lints.has_inline_code, '<a hx-on:click="go()">'),
    (lints.says_chinese_untranslated, "<h1>我的欠款</h1>"),
    (lints.says_chinese_untranslated, '<p title="还款">{% translate "我的欠款" %}</p>'),
    (lints.record_without_origin, "- {id: A, value: 1, source: 法, from: 2011-01-13, to: null}"),
    (lints.record_without_origin, "- {id: A, value: 1, unit: months, from: 2011-01-13, to: null}"),
    (lints.record_without_origin, "- {id: A, value: 1, unit: months, source: 法, to: null}"),
    (lints.record_without_origin, "- {id: A, value: 1, unit: months, source: 法, from: 2011-01-13}"),
]

PASSES = [
    (lints.file_too_long, "x = 1\n" * 500),
    (lints.function_too_long, LONG_FUNCTION.removesuffix("    x = 1\n")),
    (lints.named_for_its_kind, "heyue.engine.working_days"),
    (lints.asks_the_machines_clock, "from heyue import clock\nd = clock.today(), clock.now(), monotonic()"),
    (lints.turns_money_into_float, "x = Decimal(fen) / 100"),
    (lints.writes_a_state, "state = row.state\nif row.state == 'sent': row.state_since = at"),
    (lints.writes_a_state, "class Row:\n    state: str = ''\n    TABLE.update(stated=1)"),
    (lints.writes_a_state, "rows = Model.objects.filter(state='sent')"),
    (lints.queries_unscoped, "cards = wallet.reads.cards_of(actor)"),
    (lints.listens_to_signals, "from signal import SIGINT\nfrom django.db import models"),
    (lints.takes_a_request, "def submit(actor: Actor, requested_on: date) -> None: ..."),
    (lints.takes_a_request, "def keep(request: dict[str, object]) -> None: ...  # what the engine was asked"),
    (lints.opens_a_file, "opened = case.opened_on"),
    (lints.undocumented, "def charge(fen: int) -> int:\n    '''Charge.'''\n\ndef _by(x): ..."),
    (lints.unfinished, "todo_list = hacks = 1"),
    (lints.names_a_machine, "root / 'work' / 'home'  # https://example.test/work/9, var/root/x"),
    (lints.has_emoji, "¥1,234.56 → ① ✓ 好了"),
    (lints.reaches_another_host, '<svg xmlns="http://www.w3.org/2000/svg"> http://127.0.0.1:8000/ {{ url }}'),
    (lints.has_inline_code, '<script src="/static/a.js" defer></script><p class="style">{# <style> #}</p>'),
    (lints.has_inline_code, '<a hx-get="/x" hx-boost="true" data-once="1">'),
    (lints.says_chinese_untranslated, '<h1>{% translate "我的欠款" %}</h1>{# 说明 #}\n<p>{{ sum }}</p>'),
    (
        lints.says_chinese_untranslated,
        "{% blocktranslate with n=n %}还剩{{ n }}天\n谢谢{% endblocktranslate %}",
    ),
    (lints.says_chinese_untranslated, '{% include "seal.html" with label=_("东湖") %}'),
    (
        lints.record_without_origin,
        "- {id: A, value: null, unit: months, source: 法, from: 2011-01-13, to: null}",
    ),
    (lints.record_without_origin, ""),
]


@pytest.mark.parametrize(("lint", "text"), CAUGHT)
def test_breach_is_caught(lint: lints.Lint, text: str) -> None:
    assert lint(text)


@pytest.mark.parametrize(("lint", "text"), PASSES)
def test_good_text_passes(lint: lints.Lint, text: str) -> None:
    assert lint(text) == []


def test_breach_tells_its_line() -> None:
    (breach,) = lints.writes_a_state("a = 1\n\nrow.state = 'sent'\n")
    assert breach.line == 3


def test_every_lint_is_shown_at_work() -> None:
    every = {
        lint
        for name, lint in vars(lints).items()
        if callable(lint) and getattr(lint, "__module__", "") == lints.__name__ and not name.startswith("_")
    } - {lints.Breach}
    assert every == {lint for lint, _ in CAUGHT} == {lint for lint, _ in PASSES}
