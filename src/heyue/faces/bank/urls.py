"""Addresses of the gateway: /v1/."""

from django.urls import path, re_path

from heyue.faces.bank.api import api, nothing_here

handler400 = "heyue.faces.problems.bad_request"
handler500 = "heyue.faces.problems.broken"
urlpatterns = [path("v1/", api.urls), re_path(r"^v1/", nothing_here)]
