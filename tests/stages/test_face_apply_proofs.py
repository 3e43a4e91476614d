"""The page of the proofs, the separate consent for health papers, and the file itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

import interview
from heyue.application import reads
from heyue.identity import reads as people
from heyue.vault import files
from interview import Interview, page, refused, sent

pytestmark = pytest.mark.django_db

PROOFS = "/apply/proofs"


def file(content: bytes | None = None, name: str = "工资条.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, interview.picture() if content is None else content)


def names(talk: Interview) -> list[str]:
    return [name for _proof, name in reads.proofs(talk.lin, talk.row())]


def test_a_file_goes_up_and_is_listed_with_size_and_pages() -> None:
    talk = interview.planned()
    lin = interview.phone_of(talk.lin)
    assert sent(lin, PROOFS, {"kind": "income", "file": file()}) == "/apply/proofs#income"
    ((proof, name),) = reads.proofs(talk.lin, talk.row())
    shown = page(lin, PROOFS)
    assert name == "工资条.jpg"
    assert f'href="/proofs/{proof.pk}"' in shown
    assert "1页" in shown
    assert "KB" in shown


def test_several_files_go_up_at_once_and_the_bad_one_is_named() -> None:
    talk = interview.planned()
    files = [file(), file(b"nothing", "坏.png"), file(interview.picture("red"), "b.png")]
    shown = refused(interview.phone_of(talk.lin), PROOFS, {"kind": "income", "file": files})
    assert "坏.png：打不开这个文件" in shown
    assert names(talk) == ["工资条.jpg", "b.jpg"]


def test_the_same_file_twice_is_kept_once_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.files.storage import default_storage

    talk = interview.planned()
    lin = interview.phone_of(talk.lin)
    written: list[str] = []
    store = files.store
    monkeypatch.setattr(files, "store", lambda *told: written.append(store(*told)) or written[-1])
    for _ in range(2):
        sent(lin, PROOFS, {"kind": "income", "file": file()})
    assert names(talk) == ["工资条.jpg"]
    assert [default_storage.exists(name) for name in written] == [True, False]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "income"}, "先选一张照片或一个 PDF"),
        ({"kind": "", "file": file()}, "先选这是什么材料"),
        ({"kind": "nonsense", "file": file()}, "先选这是什么材料"),
        ({"kind": "income", "file": file(b"")}, "空的"),
        ({"kind": "income", "file": file(b"MZ\x90 program", "slip.pdf.exe")}, "打不开这个文件"),
    ],
    ids=["no file", "no kind", "unknown kind", "empty", "program"],
)
def test_what_cannot_be_taken_is_told_in_plain_words(values: dict[str, Any], words: str) -> None:
    talk = interview.planned()
    for sent_file in [v for v in values.values() if hasattr(v, "seek")]:
        sent_file.seek(0)
    assert words in refused(interview.phone_of(talk.lin), PROOFS, values)
    assert names(talk) == []


def test_a_file_above_the_limit_is_dropped_while_it_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heyue.faces.upload_limit.BYTES_MAX", 100_000)
    talk = interview.planned()
    big = file(bytes(300_000), "big.pdf")
    assert "超过 20 MB" in refused(interview.phone_of(talk.lin), PROOFS, {"kind": "income", "file": big})
    assert names(talk) == []


def test_a_proof_can_be_taken_out_and_a_second_tap_does_no_harm() -> None:
    talk = interview.ready()
    lin = interview.phone_of(talk.lin)
    ((proof, _name),) = reads.proofs(talk.lin, talk.row())
    assert sent(lin, f"/apply/proofs/{proof.pk}/remove", {}) == PROOFS
    assert sent(lin, f"/apply/proofs/{proof.pk}/remove", {}) == PROOFS
    assert names(talk) == []


def test_a_stranger_takes_out_nothing() -> None:
    talk = interview.ready()
    ((proof, _name),) = reads.proofs(talk.lin, talk.row())
    from heyue.application import actions
    from heyue.journey import perform

    perform(talk.cast.zhao, actions.start)
    sent(interview.phone_of(talk.cast.zhao), f"/apply/proofs/{proof.pk}/remove", {})
    assert names(talk) == ["身份证.jpg"]


# ── health papers ──────────────────────────────────────────────────────────────────────────────────────


def test_health_papers_ask_bank_by_bank_and_nothing_is_ticked_for_her() -> None:
    talk = interview.ready()
    interview.prove(talk, "medical")
    shown = page(interview.phone_of(talk.lin), PROOFS)
    assert shown.count("看病历、医疗票据") == 2
    assert "不同意也能申请" in shown
    assert "checked" not in shown.split("病历给不给银行看")[1]


def test_without_health_papers_nobody_is_asked() -> None:
    talk = interview.ready()
    assert "病历给不给银行看" not in page(interview.phone_of(talk.lin), PROOFS)


def test_consent_is_given_and_taken_back_as_the_boxes_stand() -> None:
    talk = interview.ready()
    interview.prove(talk, "medical")
    lin = interview.phone_of(talk.lin)
    done = "/apply/proofs/done"
    assert sent(lin, done, {"health": "1", "bank": [str(talk.cast.bank_a.pk)]}) == "/apply/review"
    assert people.standing_consents(talk.lin, "health") == {talk.cast.bank_a.pk}
    assert "病历、医疗票据只给东湖看。" in page(lin, "/apply/review")
    sent(lin, done, {"health": "1", "bank": [str(talk.cast.bank_a.pk)]})
    sent(lin, done, {})
    assert people.standing_consents(talk.lin, "health") == {talk.cast.bank_a.pk}
    sent(lin, done, {"health": "1"})
    assert people.standing_consents(talk.lin, "health") == set()
    assert "不给任何银行看" in page(lin, "/apply/review")


def test_without_any_health_consent_it_can_be_handed_in() -> None:
    talk = interview.ready()
    interview.prove(talk, "medical")
    interview.submit(talk)
    assert reads.is_under_review(talk.row())


# ── the file ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_borrower_sees_the_own_file_sandboxed_and_uncached() -> None:
    talk = interview.ready()
    ((proof, _name),) = reads.proofs(talk.lin, talk.row())
    answer = interview.phone_of(talk.lin).get(f"/proofs/{proof.pk}")
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xff\xd8")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "no-store" in answer.headers["Cache-Control"]


def test_nobody_else_sees_it() -> None:
    talk = interview.ready()
    ((proof, _name),) = reads.proofs(talk.lin, talk.row())
    address = f"/proofs/{proof.pk}"
    assert interview.phone_of(talk.cast.zhao).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert interview.phone_of(talk.cast.reviewer).get(address).status_code == 403


def test_a_file_taken_out_is_gone() -> None:
    talk = interview.ready()
    lin = interview.phone_of(talk.lin)
    ((proof, _name),) = reads.proofs(talk.lin, talk.row())
    sent(lin, f"/apply/proofs/{proof.pk}/remove", {})
    assert lin.get(f"/proofs/{proof.pk}").status_code == 404
