"""Registers the centre with Django."""

from django.apps import AppConfig


class CentreConfig(AppConfig):
    name = "avow.web.centre"
    label = "centre"
