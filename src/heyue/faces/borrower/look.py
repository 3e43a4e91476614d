"""显示: language, 大字, light or dark, for one who is signed in and for a stranger alike."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache

from heyue.faces import look as looks
from heyue.faces.sessions import came_from

HERE = "/look"


@never_cache
def look(request: HttpRequest) -> HttpResponse:
    """Show what can be chosen; the way back is the page that led here."""
    back = came_from(request)
    elsewhere = back and not back.startswith(HERE)
    return render(request, "borrower/look.html", {"back": back if elsewhere else "/"})


urls = [path("look", look, name="look"), path("size", looks.choose, name="size")]
