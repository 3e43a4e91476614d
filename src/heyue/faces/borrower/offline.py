"""和约 on the phone's first screen: the manifest, the service worker, and the page for when there is no network."""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from heyue.faces import look
from heyue.faces.shown import ASSETS

OFFLINE = "/offline"
KEPT_FILES = (
    "vendor/weui.min.css",
    "heyue/tokens.css",
    "heyue/borrower.css",
    "heyue/apply.css",
    "heyue/heyue.js",
    "heyue/aloud.js",
    "heyue/apply.js",
    "vendor/htmx.min.js",
    "heyue/icon.svg",
)
"""What every page of a borrower needs; it is the same for everybody."""
ICONS = (
    ("heyue/icon-192.png", "192x192", "any"),
    ("heyue/icon-512.png", "512x512", "any"),
    ("heyue/icon-maskable-512.png", "512x512", "maskable"),
)


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Say how the pages stand on the phone's first screen. Format: W3C Web Application Manifest."""
    return JsonResponse(
        {
            "id": "/",
            "name": _("和约 · 和银行好好谈还款"),
            "short_name": _("和约"),
            "lang": look.html_lang(),
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f6f3ed",
            "theme_color": "#f6f3ed",
            "icons": [
                {"src": static(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
                for name, sizes, purpose in ICONS
            ],
        },
        content_type="application/manifest+json",
    )


@never_cache
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker with the files that it keeps; other files or another look make another version."""
    files = [static(name) for name in KEPT_FILES]
    script = (ASSETS / "static" / "heyue" / "worker.js").read_text(encoding="utf-8")
    version = hashlib.sha256("\n".join([request.get_full_path(), script, *files]).encode()).hexdigest()[:16]
    known = json.dumps({"version": version, "offline": OFFLINE, "files": files}, ensure_ascii=False)
    return HttpResponse(f"const HEYUE = {known};\n{script}", content_type="text/javascript; charset=utf-8")


@never_cache
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Show the page for when there is no network. It is kept on the phone, so it knows nobody and holds no token."""
    return render(request, "borrower/offline.html", {"me": None})


urls = [
    path("manifest.webmanifest", manifest, name="manifest"),
    path("worker.js", worker, name="worker"),
    path(OFFLINE.lstrip("/"), offline, name="offline"),
]
