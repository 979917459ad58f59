"""Registers the centre with Django."""

from django.apps import AppConfig


class CentreConfig(AppConfig):
    name = "avow.web.centre"
    label = "centre"

    def ready(self) -> None:
        from avow.web.centre.following import follow_accounts

        follow_accounts()
