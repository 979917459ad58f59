"""Every setting of Avow: what there is (`declared`), as values (`values`), and how it is read (`reading`).

Bad values stop the process with every mistake at once, each naming the key and the allowed forms. Refuses to be read twice in
different ways: `load_settings` is the only door.
"""

from avow.settings.declared import SETTINGS, Setting
from avow.settings.reading import CREDENTIALS, LANGUAGES, LEVELS, load_settings
from avow.settings.values import (
    AnswerSettings,
    BreachSettings,
    ContactSettings,
    DeskSettings,
    LawSettings,
    MailSettings,
    NumberSettings,
    OidcSettings,
    PlacesSettings,
    RightsSettings,
    Settings,
    SmtpSettings,
    StoreSettings,
)

__all__ = [
    "CREDENTIALS",
    "LANGUAGES",
    "LEVELS",
    "SETTINGS",
    "AnswerSettings",
    "BreachSettings",
    "ContactSettings",
    "DeskSettings",
    "LawSettings",
    "MailSettings",
    "NumberSettings",
    "OidcSettings",
    "PlacesSettings",
    "RightsSettings",
    "Setting",
    "Settings",
    "SmtpSettings",
    "StoreSettings",
    "load_settings",
]
