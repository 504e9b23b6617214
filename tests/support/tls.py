"""A server's TLS context whose certificate nobody has signed."""

import ssl
import subprocess
from pathlib import Path

__all__ = ["self_signed_context"]


def self_signed_context(folder: Path) -> ssl.SSLContext:
    """Key and certificate are made in `folder`."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x"
    subprocess.run(
        [*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
