"""How django-allauth's second factors are kept and named here: secrets encrypted, words ours."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter

from khue.kernel.actions.sealing import box

PURPOSE = "khue.second_factor"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets lie encrypted under the installation's key; a rotated key still opens them."""

    def encrypt(self, text: str) -> str:
        """Encrypt a secret for the database."""
        return box(PURPOSE).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret from the database."""
        return box(PURPOSE).decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the host under which Khuê is reached."""
        return {"id": context.request.get_host().partition(":")[0], "name": "Khuê"}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """The account as a passkey shows it in the browser's list."""
        return {
            "id": user_pk_to_url_str(user).encode(),
            "display_name": user.person.full_name,
            "name": user.login_name,
        }
