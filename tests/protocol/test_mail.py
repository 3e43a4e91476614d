"""A bank that is reached by e-mail: sent by a real SMTP server, answered by mail, bounced, gone over to."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import bargain
import mail_servers
from at_desk import desk_of
from bargain import FORM, Bargain
from heyue import clock
from heyue.banks.models import Bank, OutboundMessage
from heyue.dispatch import channels, mail
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Mailbox, ReceivedMail
from heyue.engine.moves import CLOCK
from heyue.engine.refusal import NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.faces.worker import bank_mails
from heyue.journey import own_copy, perform

pytestmark = pytest.mark.django_db
MAILBOX = "cards@donghu.example"


@pytest.fixture
def deal() -> Bargain:
    """Lin's application, let through by the review; bank A is reached by e-mail."""
    deal = bargain.submitted()
    Bank.objects.filter(pk=deal.cast.bank_a.pk).update(channel="email", mail_address=MAILBOX)
    deal.cast.bank_a.refresh_from_db()
    return bargain.passed(deal)


@pytest.fixture
def post(settings: Any) -> Iterator[mail_servers.Post]:
    with mail_servers.smtp(settings) as post:
        yield post


def due_again() -> None:
    now = clock.machine_now() - timedelta(seconds=1)
    OutboundMessage.objects.update(next_try_at=now)
    Mailbox.objects.update(next_try_at=now)


def reply(sent: EmailMessage, *, sender: str = f"王立 <{MAILBOX}>", text: str = "收到，正在看。") -> EmailMessage:
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = sender, sent["Reply-To"], "Re: 申请"
    answer.set_content(text)
    return answer


def photograph() -> bytes:
    png = io.BytesIO()
    Image.new("RGB", (600, 400), "white").save(png, "PNG")
    return png.getvalue()


def fetched(folder: Path, settings: Any, *mails: bytes) -> list[ReceivedMail]:
    """Let these mails come in by the folder, and judge them; all that are kept, oldest first."""
    settings.HEYUE_INBOX_URL = f"folder://{folder}"
    for number, raw in enumerate(mails):
        (folder / f"{number}.eml").write_bytes(raw)
    bank_mails.fetch()
    bank_mails.judge_mails()
    return list(ReceivedMail.objects.order_by("received_at", "id"))


def test_the_form_goes_out_with_a_link_and_an_address_to_answer(deal: Bargain, post: mail_servers.Post) -> None:
    assert bank_mails.send_to_banks() == 1
    ((sender, recipients, sent),) = post.taken
    row = dispatches.dispatch(deal.cast.lin, deal.id_at(deal.cast.bank_a))
    assert recipients == [MAILBOX]
    (form,) = sent.iter_attachments()
    assert form.get_payload(decode=True) == FORM
    assert hashlib.sha256(FORM).hexdigest() == row.form_sha256
    assert "/desk/by-mail/" in sent.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "林" not in str(sent["Subject"]) + sent.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert mail.addressed(sender) == mail.addressed(str(sent["Reply-To"])) == row.pk
    assert row.state == "sent"
    due_again()
    assert bank_mails.send_to_banks() == 0, "what was taken is not sent again"


def test_a_server_that_is_away_is_tried_again_with_the_same_mail(deal: Bargain, post: mail_servers.Post) -> None:
    post.refuse = "451 later"
    bank_mails.send_to_banks()
    waiting = OutboundMessage.objects.get(bank=deal.cast.bank_a)
    assert (waiting.delivery, waiting.answer_status) == ("waiting", 451)
    post.refuse = ""
    due_again()
    bank_mails.send_to_banks()
    OutboundMessage.objects.filter(pk=waiting.pk).update(delivery="waiting")  # as after a crash before it was noted
    due_again()
    bank_mails.send_to_banks()
    first, second = [sent for _from, _to, sent in post.taken]
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_body().get_content() == second.get_body().get_content()  # type: ignore[union-attr]


def test_an_address_that_does_not_exist_is_final_and_shown_at_the_desk(deal: Bargain, post: mail_servers.Post) -> None:
    post.refuse = "550 no such user"
    bank_mails.send_to_banks()
    message = OutboundMessage.objects.get(bank=deal.cast.bank_a)
    assert (message.delivery, message.answer_status) == ("refused", 550)


def test_a_reply_is_filed_with_its_attachments_washed(
    deal: Bargain, post: mail_servers.Post, tmp_path: Path, settings: Any
) -> None:
    bank_mails.send_to_banks()
    answer = reply(post.taken[0][2])
    answer.add_attachment(photograph(), maintype="image", subtype="png", filename="../批复.png")
    answer.add_attachment(b"MZ not a picture", maintype="application", subtype="octet-stream", filename="run.exe")
    (kept,) = fetched(tmp_path, settings, answer.as_bytes())
    assert (kept.fate, kept.dispatch_id) == ("filed", deal.id_at(deal.cast.bank_a))
    (washed, name), (other, _name) = channels.papers(kept)
    assert (name, washed.media_type) == ("批复.jpg", "image/jpeg")
    assert (other.file, other.refused) == ("", "unreadable")
    assert channels.paper(deal.cast.reviewer, kept.pk, washed.pk)[1].startswith(b"\xff\xd8")
    shown = desk_of(deal.cast.reviewer).get(f"/desk/channels/mails/{kept.pk}").content.decode()
    assert "收到，正在看。" in shown
    assert "批复.jpg" in shown
    assert [one["text"] for one in own_copy.data_of(deal.cast.lin)["mails"]] == ["收到，正在看。"]
    assert own_copy.data_of(deal.cast.zhao)["mails"] == []
    leaf = Leaf.objects.get(kind="dispatch.mail-filed")
    assert leaf.negotiation_id == kept.dispatch_id
    assert list(tmp_path.glob("*.eml")) == []


def test_the_same_mail_fetched_twice_has_one_effect(
    deal: Bargain, post: mail_servers.Post, tmp_path: Path, settings: Any
) -> None:
    bank_mails.send_to_banks()
    raw = reply(post.taken[0][2]).as_bytes()
    fetched(tmp_path, settings, raw)
    due_again()
    assert len(fetched(tmp_path, settings, raw)) == 1
    assert Leaf.objects.filter(kind="dispatch.mail-filed").count() == 1


def test_strangers_mail_is_set_aside_and_seen_at_the_desk(
    deal: Bargain, post: mail_servers.Post, tmp_path: Path, settings: Any
) -> None:
    bank_mails.send_to_banks()
    sent = post.taken[0][2]
    elsewhere = reply(sent, sender="王立 <cards@donghu.example.evil.example>")
    forged = reply(sent)
    good = str(sent["Reply-To"])
    swapped = good.replace("+" + good[good.index("+") + 1], "+" + ("b" if good[good.index("+") + 1] == "a" else "a"))
    forged.replace_header("To", swapped)
    two = reply(sent, sender=f"{MAILBOX}, x@evil.example")
    rows = fetched(tmp_path, settings, elsewhere.as_bytes(), forged.as_bytes(), two.as_bytes(), b"\xff\x00 no mail")
    assert sorted(row.why for row in rows) == ["other-domain", "sender-unclear", "stranger", "stranger"]
    assert {row.fate for row in rows} == {"aside"}
    assert channels.mails(deal.cast.reviewer).count() == 4
    assert channels.mails(deal.cast.officer_a).count() == 0
    assert not Leaf.objects.filter(kind="dispatch.mail-filed").exists()


def test_a_reply_is_threaded_by_its_references_where_the_address_lost_its_tag(
    deal: Bargain, post: mail_servers.Post, tmp_path: Path, settings: Any
) -> None:
    bank_mails.send_to_banks()
    answer = reply(post.taken[0][2])
    answer.replace_header("To", "replies@heyue.example")
    answer["In-Reply-To"] = str(post.taken[0][2]["Message-ID"])
    (kept,) = fetched(tmp_path, settings, answer.as_bytes())
    assert kept.dispatch_id == deal.id_at(deal.cast.bank_a)


def bounce(sent: EmailMessage, action: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.donghu.example\r\nTo: someone@heyue.example\r\nSubject: Undelivered\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.donghu.example\r\n\r\n"
        f"Final-Recipient: rfc822; {MAILBOX}\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {sent['Message-ID']}\r\n\r\n--b--\r\n"
    ).encode()


def test_a_bounce_is_noted_with_its_message_and_can_be_sent_again(
    deal: Bargain, post: mail_servers.Post, tmp_path: Path, settings: Any
) -> None:
    bank_mails.send_to_banks()
    sent = post.taken[0][2]
    late, failed = fetched(tmp_path, settings, bounce(sent, "delayed"), bounce(sent, "failed"))
    assert {late.fate, failed.fate} == {"aside", "bounce"}
    message = OutboundMessage.objects.get(bank=deal.cast.bank_a)
    assert (message.delivery, message.answer_status) == ("refused", 550)
    assert Leaf.objects.filter(kind="dispatch.mail-bounced").count() == 1


def test_mail_is_fetched_from_an_imap_server_once(deal: Bargain, post: mail_servers.Post, settings: Any) -> None:
    bank_mails.send_to_banks()
    with mail_servers.imap(settings, reply(post.taken[0][2]).as_bytes(policy=mail_policy())) as server:
        bank_mails.fetch()
        assert server.seen == {1}
        due_again()
        bank_mails.fetch()
    bank_mails.judge_mails()
    assert [row.fate for row in ReceivedMail.objects.all()] == ["filed"]


def mail_policy() -> Any:
    from email import policy

    return policy.SMTP


def test_an_inbox_that_is_away_is_left_alone_for_a_while(deal: Bargain, settings: Any) -> None:
    settings.HEYUE_INBOX_URL = "imap://heyue:x@127.0.0.1:9/INBOX"
    bank_mails.fetch()
    box = Mailbox.objects.get()
    assert box.last_error
    assert box.next_try_at > clock.machine_now()


def test_one_negotiation_goes_by_another_channel_with_a_reason(deal: Bargain, post: mail_servers.Post) -> None:
    row = dispatches.dispatch(deal.cast.lin, deal.id_at(deal.cast.bank_b))
    Bank.objects.filter(pk=deal.cast.bank_b.pk).update(mail_address="desk@nanshan.example")
    with pytest.raises(NotPermitted):
        perform(deal.cast.officer_b, channels.choose, dispatch_id=row.pk, channel="email", reason="x")
    with pytest.raises(Refusal, match="为什么换"):
        perform(deal.cast.reviewer, channels.choose, dispatch_id=row.pk, channel="email", reason=" ")
    perform(deal.cast.reviewer, channels.choose, dispatch_id=row.pk, channel="email", reason="行里说接口在维护")
    bank_mails.send_to_banks()
    assert sorted(to for _from, (to,), _mail in post.taken) == [MAILBOX, "desk@nanshan.example"]
    assert Leaf.objects.get(kind="dispatch.channel-chosen").negotiation_id == row.pk


def test_a_bank_whose_machine_is_down_for_the_operators_hours_is_mailed(deal: Bargain) -> None:
    bank_b = deal.cast.bank_b
    waiting = OutboundMessage.objects.filter(bank=bank_b)
    waiting.update(first_tried_at=clock.machine_now() - timedelta(hours=25), delivery="dead")
    bank_mails.fail_over()
    assert waiting.get().channel == "", "there is no mailbox to go to"
    Bank.objects.filter(pk=bank_b.pk).update(mail_address="desk@nanshan.example")
    waiting.update(first_tried_at=clock.machine_now() - timedelta(hours=23))
    bank_mails.fail_over()
    assert waiting.get().channel == ""
    waiting.update(first_tried_at=clock.machine_now() - timedelta(hours=25))
    bank_mails.fail_over()
    bank_mails.fail_over()
    moved = waiting.get()
    assert (moved.channel, moved.delivery) == ("email", "waiting")
    assert Leaf.objects.filter(kind="dispatch.channel-chosen", actor_role=CLOCK.role.value).count() == 1
