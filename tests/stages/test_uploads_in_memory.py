"""What is sent in touches no disk in clear."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

import bargain
from heyue.wallet.statement_acts import BYTES_MAX
from on_phone import as_lin

pytestmark = pytest.mark.django_db


def test_one_file_of_the_largest_size_lies_in_clear_on_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    deal, spilled = bargain.submitted(), []
    begin = TemporaryUploadedFile.__init__

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        spilled.append(args)
        begin(self, *args, **kwargs)

    monkeypatch.setattr(TemporaryUploadedFile, "__init__", noted)
    answer = as_lin(deal).post("/import", {"file": SimpleUploadedFile("十月.pdf", b"\x00" * BYTES_MAX)})
    assert answer.status_code == 302
    assert spilled == []
