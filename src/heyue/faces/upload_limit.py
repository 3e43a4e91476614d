"""An upload above the limit is dropped while it comes in: it fills no disk, and the view can say why."""

from __future__ import annotations

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from heyue.application.proofs import BYTES_MAX

REQUEST_BYTES_MAX = 10 * BYTES_MAX
"""All files of one request: whoever is not signed in yet can send some too."""
_MARK = "heyue.upload_too_large"


class UploadLimit(FileUploadHandler):
    """Stands before Django's own handlers and lets no file above the limits through."""

    request_bytes = 0

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Begin counting anew."""
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.seen_bytes = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count and pass on. Raises ``SkipFile`` above a limit."""
        self.seen_bytes += len(raw_data)
        self.request_bytes += len(raw_data)
        if self.seen_bytes > BYTES_MAX or self.request_bytes > REQUEST_BYTES_MAX:
            if self.request is not None:
                self.request.META[_MARK] = True
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave keeping the file to the handlers behind."""
        return


def was_too_large(request: HttpRequest) -> bool:
    """Whether a file of this request was dropped for its size."""
    return bool(request.META.get(_MARK))
