"""What is sent is limited while it comes in: each file, and all files of a request together."""

from __future__ import annotations

import pytest
from django.core.files.uploadhandler import SkipFile
from django.test import RequestFactory

from heyue.faces import upload_limit
from heyue.faces.upload_limit import UploadLimit, was_too_large


def test_all_files_of_a_request_together_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_limit, "BYTES_MAX", 100)
    monkeypatch.setattr(upload_limit, "REQUEST_BYTES_MAX", 250)
    request = RequestFactory().post("/apply/proofs")
    limit = UploadLimit(request)
    for name in ("a", "b"):
        limit.new_file("file", name, "image/png", None)
        assert limit.receive_data_chunk(b"x" * 100, 0)
    assert not was_too_large(request)
    limit.new_file("file", "c", "image/png", None)
    with pytest.raises(SkipFile):
        limit.receive_data_chunk(b"x" * 100, 0)
    assert was_too_large(request)
