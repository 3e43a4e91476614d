"""The note of a call: its time is the page's own, and no typed one breaks the page or lies in the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from bargain import Bargain, received
from heyue import clock
from heyue.evidence import facts_of
from heyue.evidence.models import Leaf
from heyue.journey import story
from heyue.negotiation import recordings
from heyue.negotiation.models import Call
from on_phone import as_lin, as_zhao, page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.mark.parametrize(
    "typed",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2999-01-01T00:00:00+00:00",
        "not a time",
        "",
        "2026-11-16T09:00:00",
    ],
)
def test_a_foolish_time_is_taken_as_now(typed: str) -> None:
    deal = received()
    answer = as_lin(deal).post(f"/n/{deal.id_at(deal.cast.bank_a)}/call", {"called_at": typed, "result": "no-answer"})
    assert answer.status_code == 302
    assert abs(Call.objects.get().called_at - clock.now()) < timedelta(minutes=2)


def test_the_pages_own_time_is_kept() -> None:
    deal = received()
    at = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
    values = {"called_at": at.isoformat(), "result": "no-answer"}
    assert as_lin(deal).post(f"/n/{deal.id_at(deal.cast.bank_a)}/call", values).status_code == 302
    assert Call.objects.get().called_at == at


# ── recordings and the directory ──────────────────────────────────────────────────────────────────────────

M4A = b"\x00\x00\x00\x18ftypM4A " + b"\x00" * 200


def audio(content: bytes = M4A) -> SimpleUploadedFile:
    """A recording as a phone makes it."""
    return SimpleUploadedFile("通话.m4a", content, "audio/mp4")


def noted(deal: Bargain, **more: object) -> Call:
    """The note of a call to the first bank."""
    address = f"/n/{deal.id_at(deal.cast.bank_a)}/call"
    answer = as_lin(deal).post(address, {"result": "checking", "notes": "说在审", **more})
    assert answer.status_code == 302, answer.content.decode()
    return Call.objects.latest("called_at")


def test_a_recording_lies_sealed_and_is_the_borrowers_alone() -> None:
    deal = received()
    call = noted(deal, recording=audio())
    assert (call.recording_type, call.recording_bytes) == ("audio/mp4", len(M4A))
    with default_storage.open(call.recording) as handle:
        assert M4A not in handle.read()
    address = f"/calls/{call.pk}/recording"
    heard = as_lin(deal).get(address)
    assert heard.content == M4A
    assert heard["Content-Disposition"].startswith("attachment")
    assert as_zhao(deal).get(address).status_code == 404
    leaf = Leaf.objects.get(kind="negotiation.recording-kept")
    assert facts_of([leaf]) == [{"call": str(call.pk), "sha256": call.recording_sha256}]
    told = story.of_negotiation(deal.cast.officer_a, deal.id_at(deal.cast.bank_a))
    assert not any("recording" in entry.kind or "call" in entry.kind for entry in told)


def test_what_is_no_recording_is_refused_and_nothing_is_noted() -> None:
    deal = received()
    client, address = as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_a)}/call"
    for content in (b"<html>", b"MZ\x90\x00", b"%PDF-1.7", b"RIFF\x00\x00\x00\x00AVI "):
        answer = client.post(address, {"result": "checking", "notes": "说在审", "recording": audio(content)})
        assert answer.status_code == 200
        assert "这不是录音文件" in answer.content.decode()
        assert "说在审" in answer.content.decode()
    assert not Call.objects.exists()


def test_a_recording_can_follow_later_and_is_not_replaced() -> None:
    deal = received()
    call, client = noted(deal), as_lin(deal)
    address = f"/calls/{call.pk}/recording/add"
    assert "先选一个录音文件" in client.post(address, follow=True).content.decode()
    assert "录音存好了" in client.post(address, {"recording": audio()}, follow=True).content.decode()
    again = client.post(address, {"recording": audio(M4A + b"x")}, follow=True).content.decode()
    assert "留作证据，不能换" in again
    call.refresh_from_db()
    assert call.recording_bytes == len(M4A)
    assert as_zhao(deal).post(address, {"recording": audio()}).status_code == 404


def recordings_kept() -> int:
    """How many sealed recordings lie in the store."""
    try:
        return len(default_storage.listdir(recordings.FOLDER)[1])
    except FileNotFoundError:
        return 0


def test_a_recording_that_is_not_taken_is_left_nowhere(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal, before = received(), recordings_kept()
    client, address = as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_a)}/call"
    refused = {"result": "promised", "recording": audio()}  # the promised day is missing
    assert client.post(address, refused).status_code == 200
    assert recordings_kept() == before
    call = noted(deal, recording=audio())
    with django_capture_on_commit_callbacks(execute=True):
        for content in (M4A, M4A + b"x"):
            client.post(f"/calls/{call.pk}/recording/add", {"recording": audio(content)})
    assert recordings_kept() == before + 1
    monkeypatch.setattr(recordings, "RECORDINGS_MAX", 1)
    client.post(address, {"result": "checking", "called_at": "2026-11-16T01:00:00+00:00", "recording": audio()})
    assert recordings_kept() == before + 1


def test_the_directory_is_searched_by_name_and_number_and_leads_to_the_guide() -> None:
    deal = received()
    deal.cast.bank_a.hotline_hours = "每天 8:00 到 20:00"
    deal.cast.bank_a.save()
    client = as_lin(deal)
    said = page(client, "/banks/directory")
    for words in ('href="tel:4008205555"', "招商银行", "12378", "12363", "每天 8:00 到 20:00"):
        assert words in said
    assert f"/n/{deal.id_at(deal.cast.bank_a)}/call" in said
    assert "工商" not in page(client, "/banks/directory?q=招商")
    assert "招商银行" in page(client, "/banks/directory?q=820-5555")
    assert "没找到" in page(client, "/banks/directory?q=<script>")
