"""A file in parts: begun, broken off, gone on with where it stopped, and a proof when it is whole."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image, ImageDraw, ImageFilter

import bargain
import interview
from heyue import clock
from heyue.application import reads, uploads
from heyue.application.clarity import hints_on
from heyue.application.models import Upload
from heyue.engine.refusal import NotPermitted
from heyue.faces.worker import days
from heyue.journey import perform
from interview import Interview, page, sent

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


def paper(*, size: tuple[int, int] = (900, 1200), margin: int = 120, blur: int = 0, light: int = 255) -> Image.Image:
    """A made-up paper: dark strokes on a light sheet, with a margin around them."""
    sheet = Image.new("RGB", size, (light, light, light))
    pen = ImageDraw.Draw(sheet)
    for y in range(margin, size[1] - margin, 24):
        for x in range(margin, size[0] - margin, 18):
            pen.rectangle((x, y, x + 9, y + 12), fill=(light // 8,) * 3)
    return sheet.filter(ImageFilter.GaussianBlur(blur)) if blur else sheet


def png(picture: Image.Image) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


CONTENT = png(paper())


def begin(browser: Client, **changes: Any) -> Any:
    """Announce a payslip."""
    told = {"kind": "income", "name": "工资条.png", "size": str(len(CONTENT)), **changes}
    return browser.post("/apply/uploads", told, headers=JSON)


def part(browser: Client, upload_id: str, offset: int, content: bytes) -> Any:
    """Send one part."""
    return browser.patch(
        f"/apply/uploads/{upload_id}",
        content,
        content_type="application/offset+octet-stream",
        headers={**JSON, "Upload-Offset": str(offset)},
    )


def names(talk: Interview) -> list[str]:
    """The proofs that are there."""
    return [name for _proof, name in reads.proofs(talk.lin, talk.row())]


def parts_kept() -> int:
    """How many sealed parts lie in the store."""
    try:
        return len(default_storage.listdir(uploads.FOLDER)[1])
    except FileNotFoundError:
        return 0


def test_a_file_goes_on_where_the_connection_broke(django_capture_on_commit_callbacks: Any) -> None:
    talk = interview.planned()
    first, other_phone = interview.phone_of(talk.lin), interview.phone_of(talk.lin)
    before, half = parts_kept(), len(CONTENT) // 2
    began = begin(first)
    assert began.status_code == 201
    upload_id = began.json()["id"]
    assert part(first, upload_id, 0, CONTENT[:half]).json()["offset"] == half
    assert "传了 50%" in page(first, "/apply/proofs") or "传了 49%" in page(first, "/apply/proofs")
    assert names(talk) == []
    again = begin(other_phone).json()
    assert (again["id"], again["offset"]) == (upload_id, half)
    assert other_phone.get(f"/apply/uploads/{upload_id}").json()["offset"] == half
    with django_capture_on_commit_callbacks(execute=True):
        done = part(other_phone, upload_id, half, CONTENT[half:])
    assert done.json()["done"] is True
    assert names(talk) == ["工资条.jpg"]
    assert not Upload.objects.exists()
    assert parts_kept() == before


def test_a_part_that_comes_twice_or_out_of_turn_changes_nothing() -> None:
    talk = interview.planned()
    lin = interview.phone_of(talk.lin)
    upload_id = begin(lin).json()["id"]
    part(lin, upload_id, 0, CONTENT[:100])
    for offset in (0, 200, 99):
        refused = part(lin, upload_id, offset, CONTENT[:100])
        assert refused.status_code == 409
        assert refused.json()["code"] == "upload-offset"
    assert lin.get(f"/apply/uploads/{upload_id}").json()["offset"] == 100
    assert part(lin, upload_id, 100, CONTENT[100:] + b"more").status_code == 409


def test_what_is_no_proof_is_refused_in_plain_words_and_forgotten() -> None:
    talk = interview.planned()
    lin = interview.phone_of(talk.lin)
    upload_id = begin(lin, size="7").json()["id"]
    refused = part(lin, upload_id, 0, b"program")
    assert refused.status_code == 422
    assert "打不开这个文件" in refused.json()["title"]
    assert not Upload.objects.exists()
    assert names(talk) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "nonsense"}, "proof-kind"),
        ({"size": "0"}, "proof-empty"),
        ({"size": "many"}, "proof-empty"),
        ({"size": str(30 * 1024 * 1024)}, "proof-too-large"),
    ],
)
def test_what_cannot_be_announced_is_said_at_once(changes: dict[str, str], code: str) -> None:
    talk = interview.planned()
    refused = begin(interview.phone_of(talk.lin), **changes)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_no_more_than_ten_at_once_and_those_of_last_week_are_forgotten() -> None:
    talk = interview.planned()
    lin = interview.phone_of(talk.lin)
    for number in range(uploads.OPEN_MAX):
        assert begin(lin, name=f"{number}.png").status_code == 201
    assert begin(lin, name="one more.png").json()["code"] == "too-many-uploads"
    bargain.day(clock.today() + timedelta(days=7))
    Upload.objects.update(begun_at=clock.now() - timedelta(days=uploads.KEPT_DAYS, seconds=1))
    assert begin(lin, name="one more.png").status_code == 201
    assert Upload.objects.count() == 1


def test_a_stranger_finds_nothing_and_an_application_handed_in_takes_nothing() -> None:
    talk = interview.planned()
    upload_id = begin(interview.phone_of(talk.lin)).json()["id"]
    from heyue.application import actions

    perform(talk.cast.zhao, actions.start)
    zhao = interview.phone_of(talk.cast.zhao)
    assert zhao.get(f"/apply/uploads/{upload_id}").status_code == 404
    assert part(zhao, upload_id, 0, b"x").status_code == 404
    assert zhao.post(f"/apply/uploads/{upload_id}/forget").status_code == 404
    interview.prove(talk)
    interview.submit(talk)
    assert interview.phone_of(talk.lin).get(f"/apply/uploads/{upload_id}")["Location"] == "/apply"


def test_a_half_file_can_be_given_up() -> None:
    talk = interview.planned()
    lin = interview.phone_of(talk.lin)
    upload_id = begin(lin).json()["id"]
    assert sent(lin, f"/apply/uploads/{upload_id}/forget", {}) == "/apply/proofs"
    assert not Upload.objects.exists()


# ── how well it can be read ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("picture", "hints"),
    [
        (paper(), []),
        (paper(blur=8), ["blurred"]),
        (paper(light=50), ["too-dark"]),
        (paper(size=(450, 600), margin=60), ["too-small"]),
        (paper().crop((0, 0, 450, 1200)), ["cut-off"]),
        (paper(size=(800, 2000)).crop((0, 300, 800, 1900)), []),
    ],
    ids=["good", "blurred", "dark", "small", "cut off", "a screen out of a long list"],
)
def test_pixels_tell_how_well_a_paper_can_be_read(picture: Image.Image, hints: list[str]) -> None:
    assert hints_on(picture) == hints


def test_a_hint_is_told_beside_the_picture_and_refuses_nothing() -> None:
    talk = interview.planned()
    proof_id = interview.prove(talk, "income", png(paper(blur=8)))
    lin = interview.phone_of(talk.lin)
    shown = page(lin, "/apply/proofs")
    assert "有点糊。手机拿稳" in shown
    assert f'<img src="/proofs/{proof_id}"' in shown
    assert sent(lin, f"/apply/proofs/{proof_id}/keep", {}) == "/apply/proofs"
    assert "有点糊" not in page(lin, "/apply/proofs")
    interview.submit(talk)
    assert reads.is_under_review(talk.row())


def test_a_picture_taken_anew_takes_the_doubtful_ones_place() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    talk = interview.planned()
    doubtful = interview.prove(talk, "income", png(paper(blur=8)))
    better = SimpleUploadedFile("better.png", CONTENT)
    values = {"kind": "income", "file": better, "instead": str(doubtful)}
    assert sent(interview.phone_of(talk.lin), "/apply/proofs", values) == "/apply/proofs#income"
    assert names(talk) == ["better.jpg"]


def test_both_the_camera_and_the_files_of_the_phone_are_offered() -> None:
    talk = interview.planned()
    shown = page(interview.phone_of(talk.lin), "/apply/proofs")
    assert 'accept="image/*" capture="environment" aria-label="身份证：拍照"' in shown
    assert 'aria-label="身份证：选照片或 PDF"' in shown


def test_a_file_in_crumbs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    talk, before = interview.planned(), parts_kept()
    monkeypatch.setattr(uploads, "PARTS_MAX", 3)
    lin = interview.phone_of(talk.lin)
    upload_id = begin(lin).json()["id"]
    answers = [part(lin, upload_id, at, CONTENT[at : at + 1]).status_code for at in range(4)]
    assert answers == [200, 200, 200, 422]
    assert parts_kept() == before + 3


def test_what_never_came_whole_is_forgotten_by_the_worker(django_capture_on_commit_callbacks: Any) -> None:
    talk, before = interview.planned(), parts_kept()
    lin = interview.phone_of(talk.lin)
    part(lin, begin(lin).json()["id"], 0, CONTENT[:100])
    assert days.forget_uploads() == 0
    bargain.day(clock.today() + timedelta(days=uploads.KEPT_DAYS + 1))
    with django_capture_on_commit_callbacks(execute=True):
        assert days.forget_uploads() == 1
    assert not Upload.objects.exists()
    assert parts_kept() == before
    with pytest.raises(NotPermitted):
        perform(talk.lin, uploads.forget_stale)
