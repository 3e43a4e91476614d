"""Rows of work: claimed by one, done once, taken up after a death; one that fails stops no other."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from heyue import clock
from heyue.faces.worker.each import NotNow, each, where
from heyue.notices.models import TextMessage
from heyue.work import claim, fail, put_off, release, renew
from heyue.work.lease import LEASE

pytestmark = pytest.mark.django_db

OWNER = UUID(int=7)


def row(**more: object) -> TextMessage:
    return TextMessage.objects.create(
        owner_id=OWNER, sealed_phone=b"", sealed_text=b"", written_at=clock.machine_now(), **more
    )


def rows() -> object:
    return TextMessage.objects.filter(sent_at__isnull=True)


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Passing:
    return Passing(monkeypatch)


class Passing:
    """Wire time that the test lets pass."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = clock.machine_now()
        monkeypatch.setattr("heyue.work.lease.machine_now", lambda: self.at)

    def by(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


def test_a_row_is_claimed_by_one_worker_only() -> None:
    row()
    assert len(claim(rows())) == 1
    assert claim(rows()) == []


def test_two_workers_that_saw_the_same_row_do_not_both_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = row()
    seen_by_the_other = TextMessage.objects.get(pk=mine.pk)
    assert len(claim(rows())) == 1

    class Stale:
        """A queryset that was read before the first worker's claim."""

        def filter(self, *_: object, **__: object) -> Stale:
            return self

        def order_by(self, *_: object) -> list[TextMessage]:
            return [seen_by_the_other]

    assert claim(Stale()) == []  # type: ignore[type-var,arg-type]


def test_a_worker_that_dies_leaves_a_row_that_another_takes_up(passing: Passing) -> None:
    row()
    (mine,) = claim(rows())
    passing.by(seconds=LEASE.seconds - 1)
    assert claim(rows()) == []
    passing.by(seconds=2)
    (again,) = claim(rows())
    assert (again.pk, again.tries) == (mine.pk, 2)


def test_who_lost_the_lease_ends_nobody_elses(passing: Passing) -> None:
    row()
    (slow,) = claim(rows())
    passing.by(seconds=LEASE.seconds + 1)
    claim(rows())
    release(slow)
    fail(slow, "too late")
    put_off(slow, timedelta(0))
    kept = TextMessage.objects.get()
    assert kept.leased_until is not None
    assert kept.last_error == ""
    assert claim(rows()) == []


def test_a_lease_is_renewed_by_who_holds_it_only(passing: Passing) -> None:
    row()
    (mine,) = claim(rows())
    passing.by(seconds=LEASE.seconds - 1)
    assert renew(mine)
    passing.by(seconds=2)
    assert claim(rows()) == []
    passing.by(seconds=LEASE.seconds)
    assert len(claim(rows())) == 1
    assert not renew(mine)


def test_a_row_late_in_a_slow_batch_is_left_to_who_took_it_up(passing: Passing) -> None:
    first, second = row(), row()
    done = []

    def do(mine: TextMessage) -> None:
        done.append(mine.pk)
        passing.by(seconds=LEASE.seconds + 1)
        if mine.pk == first.pk:
            assert [taken.pk for taken in claim(TextMessage.objects.filter(pk=second.pk))] == [second.pk]

    assert each(rows(), do) == 2
    assert done == [first.pk]


def test_tries_are_spaced_by_doubling_up_to_an_hour(passing: Passing) -> None:
    row()
    waits = []
    for _ in range(14):
        (mine,) = claim(rows())
        fail(mine, "no")
        next_try_at = TextMessage.objects.get().next_try_at
        waits.append((next_try_at - passing.at).total_seconds())
        passing.at = next_try_at
    for wait, plain in zip(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600], strict=True):
        assert 0.8 * plain <= wait <= 1.2 * plain


def test_jitter_spreads_rows_that_failed_together() -> None:
    dice = random.Random(1)
    for _ in range(5):
        row()
    for mine in claim(rows()):
        fail(mine, "no", dice=dice)
    assert len(set(TextMessage.objects.values_list("next_try_at", flat=True))) == 5


def test_a_poisoned_row_stops_no_other_and_keeps_its_error() -> None:
    poisoned, well, later = row(), row(), row()
    done = []

    def do(mine: TextMessage) -> None:
        if mine.pk == poisoned.pk:
            raise ValueError("林晓 13800005678")
        if mine.pk == later.pk:
            raise NotNow(timedelta(seconds=30))
        done.append(mine.pk)

    assert each(rows(), do) == 3
    assert done == [well.pk]
    kept = TextMessage.objects.get(pk=poisoned.pk)
    assert kept.last_error.startswith("ValueError at ")
    assert kept.next_try_at > clock.machine_now()
    assert TextMessage.objects.get(pk=later.pk).last_error == ""
    assert TextMessage.objects.get(pk=later.pk).next_try_at > clock.machine_now() + timedelta(seconds=20)


def test_errors_are_told_without_their_words(caplog: pytest.LogCaptureFixture) -> None:
    row()

    def do(mine: TextMessage) -> None:
        raise ValueError("林晓 13800005678")

    each(rows(), do)
    assert "ValueError" in caplog.text
    assert "13800005678" not in caplog.text
    assert "林晓" not in caplog.text + TextMessage.objects.get().last_error


def test_an_error_names_the_last_place_of_ours() -> None:
    with pytest.raises(TypeError) as failed:
        clock.advance_to("not a day")  # type: ignore[arg-type]
    assert "at clock/business.py:" in where(failed.value)


def test_a_row_whose_tries_were_set_back_is_due_at_once() -> None:
    later = clock.machine_now() + timedelta(hours=1)
    row(next_try_at=later)
    row(next_try_at=later, tries=3)
    assert [mine.tries for mine in claim(rows())] == [1]
