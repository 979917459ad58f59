"""Registers the console with Django."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "avow.web.console"
    label = "console"
