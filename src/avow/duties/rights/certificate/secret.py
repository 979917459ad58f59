"""The secret of an erased person: with it, and with nothing else, a certificate can be shown to be about them.

Derived from the company's look-up key and the request, so that it is stored nowhere and can be shown again. Refuses to be guessed:
120 bits under a key of 256.
"""

from __future__ import annotations

from uuid import UUID

from avow.duties.rights.certificate.document import make_secret
from avow.sealing import CompanyKeys


def certificate_secret(keys: CompanyKeys, request: UUID) -> str:
    """What is shown beside the certificate of this request."""
    return make_secret(keys.lookup.digest_form("certificate", str(request)))
