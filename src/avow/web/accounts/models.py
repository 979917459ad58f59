"""An account: an e-mail address and a way to prove it. No name, no birthday, nothing that is not needed to sign in.

Accounts of the centre and of the console stand in different schemas; the id is random and tells nothing.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class UserManager(BaseUserManager["User"]):
    """Makes accounts. The address is normalised; an empty password means that none will ever match."""

    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email) or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username or "")


class User(AbstractBaseUser):
    """Somebody who signs in. `email` is NULL for a person who only ever comes from the company's own portal."""

    id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email: models.EmailField[str | None, str | None] = models.EmailField(unique=True, null=True, blank=True)
    language: models.CharField[str, str] = models.CharField(max_length=12, blank=True, default="")
    # staff only; the console gives it meaning
    role: models.CharField[str, str] = models.CharField(max_length=40, blank=True, default="")
    is_active: models.BooleanField[bool, bool] = models.BooleanField(default=True)
    date_joined: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return str(self.id)  # an address would end up in logs
