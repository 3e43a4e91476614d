"""Statement files: send them in, see how far each is, open a locked one, throw one away."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal, words
from heyue.faces.problems import sentence
from heyue.faces.sessions import borrower_only
from heyue.faces.upload_limit import was_too_large
from heyue.journey import perform
from heyue.vault.files import discard
from heyue.wallet import statement_acts as acts
from heyue.wallet import statement_reads as statements
from heyue.wallet.statement_acts import BYTES_MAX, FILES_AT_ONCE_MAX, StoredFile
from heyue.wallet.statement_reading import WrongPassword, unlocked

POLL_SECONDS = 1
PASSWORD_CHARS_MAX = 80
PROBLEMS = {
    "not-a-statement": words("没找到账单上的数，像是通知、广告，或者别的表格。换账单那一份试试，或者自己填"),
    "no-data": words("这封邮件里没有账单内容，银行让你去 App 里看。在 App 里导出 PDF，或者截图再传"),
    "look-alike-sender": words("寄件人不像是银行的。小心诈骗，别点里面的链接"),
    "missing-label": words("认出了银行，但应还金额、还款日这些没找到。截图拍清楚再传，或者自己填"),
    "unread-rows": words("有几行明细看不懂，怕漏了账，所以没有导入。换 PDF 或截图试试，或者自己填"),
    "wallet": words("这是支付账单，不是信用卡账单。要银行寄的那份"),
    "locked": words("这个文件的加密方式打不开。去掉密码再传，或者截图"),
    "garbled": words("这个 PDF 里的字读出来是乱码。截图或者拍照再传"),
    "image-only": words("照片上看不出字。放平、开灯、四个角都拍进来，再传一次"),
    "too-large": words("文件里的页太多了。只留账单那几页再传"),
    "too-heavy": words("这个文件太复杂，读不完。截图或者拍照再传"),
    "damaged": words("打不开这个文件，可能没传完整。再传一次试试"),
    "unsupported": words("不认识这种文件。请传账单邮件（.eml）、PDF、表格或照片"),
    "unknown-layout": words("没见过这种账单，也没找到表格。截图拍清楚再传，或者自己填"),
}


@never_cache
@borrower_only
def sent(request: HttpRequest) -> HttpResponse:
    """Show what was sent in and take more in; each file is judged alone."""
    if request.method != "POST":
        return render(request, "borrower/wallet/files.html", _standing(request.actor))
    errors = _take_in(request)
    if not errors:
        return redirect("import")
    return render(request, "borrower/wallet/files.html", _standing(request.actor) | {"errors": errors})


@never_cache
@borrower_only
def standing(request: HttpRequest) -> HttpResponse:
    """Show the list alone: the part that refreshes while a file is being read."""
    return render(request, "borrower/wallet/files_list.html", _standing(request.actor))


def _take_in(request: HttpRequest) -> list[str]:
    found = request.FILES.getlist("file")
    if was_too_large(request):
        return [_("文件超过 20 MB，分开传，或者拍小一点")]
    if not found:
        return [_("先选账单文件，或者拍一张。")]
    if len(found) > FILES_AT_ONCE_MAX:
        return [_("一次最多传%(n)s个，分几次传。") % {"n": FILES_AT_ONCE_MAX}]
    errors = []
    for one in found:
        name = one.name or ""
        try:
            _send(request.actor, acts.store(request.actor.person_id, name, one.read()))
        except Refusal as refusal:
            errors.append(_("%(name)s：%(said)s") % {"name": name, "said": sentence(refusal)})
    return errors


def _send(actor: Actor, stored: StoredFile) -> None:
    """Send one in; what was not taken is deleted again."""
    try:
        perform(actor, acts.send_in, stored=stored)
    except Refusal:
        discard(stored.file)
        raise


def _standing(actor: Actor) -> dict[str, object]:
    drafts = statements.drafts(actor)
    waiting = any(one.is_waiting for one in drafts)
    return {
        "drafts": drafts,
        "poll_seconds": POLL_SECONDS if waiting else 0,
        "megabytes": BYTES_MAX // 1024 // 1024,
    }


@never_cache
@borrower_only
def unlock(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Open an encrypted file with its password; the password is used once and kept nowhere."""
    found = statements.file(request.actor, file_id)
    if not found.is_locked:
        return redirect("import-check", file_id)
    wrong = ""
    if request.method == "POST":
        password = request.POST.get("password", "")[:PASSWORD_CHARS_MAX]
        old = found.row.file
        try:
            content = unlocked(statements.content(found.row), password)
        except WrongPassword:
            wrong = _("密码不对。银行一般用证件号后6位或手机号后几位。") if password else _("先填密码。")
        else:
            stored = acts.store(found.row.borrower_id, found.name, content)
            try:
                perform(request.actor, acts.unlock, file_id=file_id, stored=stored)
            except Refusal:
                discard(stored.file)
                raise
            discard(old)
            return redirect("import-check", file_id)
    return render(request, "borrower/wallet/locked.html", {"file": found, "wrong": wrong})


@require_POST
@borrower_only
def throw_away(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Throw a draft away with its file."""
    name = perform(request.actor, acts.throw_away, file_id=file_id)
    if name:
        discard(name)
    messages.success(request, _("扔掉了，文件也删了。"))
    return redirect("import")


def problem_said(code: str) -> str:
    """Return why a file could not be read, in words that say what to do."""
    return _(PROBLEMS.get(code, PROBLEMS["damaged"]))


urls = [
    path("import", sent, name="import"),
    path("import/list", standing, name="import-list"),
    path("import/<uuid:file_id>/password", unlock, name="import-password"),
    path("import/<uuid:file_id>/throw-away", throw_away, name="import-throw-away"),
]
