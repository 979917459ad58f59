"""What the centre itself remembers: sign-on links that were used, and who came from the portal. Digests only, no names.

Refuses to keep a used link longer than it could be used again.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models

from avow.web.accounts.models import User


class SpentLink(models.Model):
    """A sign-on link that was used once. The row may go when the link has expired."""

    digest: models.CharField[str, str] = models.CharField(max_length=64, primary_key=True)
    expires_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest[:8]


class PortalPerson(models.Model):
    """The account of somebody who comes from the company's portal, by the keyed digest of the portal's own key for them."""

    digest: models.CharField[str, str] = models.CharField(max_length=64, primary_key=True)
    user: models.ForeignKey[User, User] = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)

    def __str__(self) -> str:
        return self.digest[:8]


class AccountPerson(models.Model):
    """Whose account it is, as the desk knows people. The database deletes the account when that person is erased."""

    user: models.OneToOneField[User, User] = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True
    )
    subject: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(db_index=True)

    def __str__(self) -> str:
        return str(self.subject)
