"""Addresses of the gateway: /v1/."""

from django.urls import path

from heyue.faces.bank.api import api

urlpatterns = [path("v1/", api.urls)]
