"""Addresses: the borrower's pages under /, the desk's under /desk/, the banks' gateway under /v1/."""

from importlib.util import find_spec

from django.urls import include, path

handler400 = "heyue.faces.problems.bad_request"
handler403 = "heyue.faces.problems.forbidden"
handler404 = "heyue.faces.problems.not_found"
handler500 = "heyue.faces.problems.broken"


def face(prefix: str, module: str) -> list:
    """Return the face's addresses, none where the face is not installed."""
    return [path(prefix, include(module))] if find_spec(module) else []


urlpatterns = [
    *face("desk/", "heyue.faces.desk.urls"),
    *face("", "heyue.faces.bank.urls"),
    path("", include("heyue.faces.borrower.urls")),
]
