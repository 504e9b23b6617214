"""Both families of signatures over one body.

Standard Webhooks (https://www.standardwebhooks.com): base64 HMAC-SHA256 with the bytes behind
`whsec_`, over `id.timestamp.body`. The older kind: hexadecimal HMAC-SHA256 with the secret's whole
text, over `timestamp.body`. During a rotation every secret that is still valid signs.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

__all__ = ["new_secret", "signature_headers"]


def new_secret() -> str:
    """`whsec_` and 256 random bits in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signature_headers(
    valid: Sequence[str], *, message_id: str, at: int, body: str
) -> dict[str, str]:
    """The headers that prove `body` at `at` (Unix seconds), newest secret of `valid` first."""
    moment = datetime.fromtimestamp(at, UTC)
    standard = " ".join(Webhook(secret).sign(message_id, moment, body) for secret in valid)
    older = ",".join(f"v1={_older(secret, at, body)}" for secret in valid)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": standard,
        "X-Pictify-Signature": f"t={at},{older}",
    }


def _older(secret: str, at: int, body: str) -> str:
    return hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
