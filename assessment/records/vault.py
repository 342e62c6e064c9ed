"""Sealing of personal data, and keyed hashes by which sealed data are found again.

A sealed value is AES-256-GCM over the text, bound to the table, column and person it belongs to: moved to another row
or column it does not open. Every key is derived from one secret with HKDF-SHA256 (RFC 5869).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_NUMBER = "1"


class CannotOpen(ValueError):
    """A sealed value was made under another secret, or does not belong where it stands."""


class Vault:
    """Seals and opens personal data under one secret of 32 or more bytes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._cipher = AESGCM(self.derive("sealed personal data"))
        self._token_key = self.derive("search tokens")

    def derive(self, purpose: str) -> bytes:
        """32 bytes of key for one purpose."""
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(self._secret)

    def seal(self, place: str, subject: str, text: str) -> str:
        """Seal `text` for `place` ("applicant.email") of the person `subject`."""
        nonce = secrets.token_bytes(12)
        sealed = self._cipher.encrypt(nonce, text.encode(), f"{place}|{subject}".encode())
        return f"{KEY_NUMBER}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, place: str, subject: str, sealed: str) -> str:
        """The text again; raises `CannotOpen`."""
        number, _, body = sealed.partition(".")
        raw = base64.urlsafe_b64decode(body)
        if number != KEY_NUMBER:
            raise CannotOpen(f"sealed under key {number}, which is not loaded")
        try:
            return self._cipher.decrypt(raw[:12], raw[12:], f"{place}|{subject}".encode()).decode()
        except InvalidTag as error:
            raise CannotOpen(f"the sealed {place} does not belong here") from error

    def token(self, purpose: str, text: str) -> str:
        """A keyed hash of `text` (case and Unicode form ignored), 32 hexadecimal digits."""
        plain = unicodedata.normalize("NFKC", text).casefold().strip()
        return hmac.new(self._token_key, f"{purpose}|{plain}".encode(), hashlib.sha256).hexdigest()[:32]
