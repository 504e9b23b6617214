"""Secrets that have to be used again: encrypted wherever they are kept, by one key.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits for each text. What a text belongs to
is authenticated with it, so that a row's secret is of no use in another row.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from binascii import Error as Base64Error
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ServiceError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["SealedTextError", "Sealing", "SealingUnavailableError"]

_FORM = "v1."
_NONCE = 12
_KEY_FILE = "secret.key"


class SealingUnavailableError(ServiceError):
    """The service has no key to encrypt credentials with: its operator sets `PLATEN_SECRET_KEY`,
    the same in every process.
    """

    code = "sealing_unavailable"
    status = 503
    title = "No key for credentials"


class SealedTextError(Exception):
    """The text was sealed by another key, for something else, or was changed."""


class Sealing:
    """Seals texts, and opens them again.

    `secret`: the key, any text; without it: one that is made under `folder` when it is first
    needed, readable by its owner alone. Without `folder` nothing can be sealed.
    """

    def __init__(self, secret: str | None, folder: Path | None) -> None:
        self._secret = secret
        self._folder = folder
        self._cipher: AESGCM | None = None

    def seal(self, text: str, about: str) -> str:
        """`text` encrypted; only with the same `about` it opens. SealingUnavailableError."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._ready().encrypt(nonce, text.encode(), about.encode())
        return _FORM + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, about: str) -> str:
        """The text again. Raises SealedTextError, SealingUnavailableError."""
        from cryptography.exceptions import InvalidTag

        try:
            data = base64.urlsafe_b64decode(sealed.removeprefix(_FORM))
            return self._ready().decrypt(data[:_NONCE], data[_NONCE:], about.encode()).decode()
        except (InvalidTag, Base64Error, ValueError) as error:
            raise SealedTextError("sealed by another key, or changed") from error

    def _ready(self) -> AESGCM:
        if self._cipher is None:
            # Loaded when there is something to seal: most services never have.
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            secret = self._secret or self._kept()
            self._cipher = AESGCM(hashlib.sha256(f"platen sealing {secret}".encode()).digest())
        return self._cipher

    def _kept(self) -> str:
        """The key file's text; the first who needs it writes it."""
        if self._folder is None:
            raise SealingUnavailableError(
                "Credentials cannot be encrypted: the operator has to set PLATEN_SECRET_KEY, the "
                "same in every process, since the database is not this machine's own"
            )
        path = self._folder / _KEY_FILE
        if not path.exists():
            _write(path, secrets.token_hex(32))
        return path.read_text("ascii").strip()


def _write(path: Path, text: str) -> None:
    """Whole or not at all: another process may read it at any moment."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - a path would be opened for everybody first
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # somebody else was faster: theirs holds
        os.link(draft, path)
    draft.unlink()
