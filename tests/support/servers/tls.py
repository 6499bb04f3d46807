"""Certificates for test servers."""

import ssl
import subprocess
from pathlib import Path


def make_certificate(folder: Path, *, names: str = "DNS:localhost,IP:127.0.0.1") -> Path:
    """Write cert.pem and key.pem into `folder` and return the path of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    # Python 3.13 verifies strictly: the issuer of a certificate must be marked as one.
    extensions = [f"subjectAltName={names}", "keyUsage=critical,digitalSignature,keyCertSign"]
    subject = ["-subj", "/CN=localhost"]
    added = [word for extension in extensions for word in ("-addext", extension)]
    subprocess.run([*command.split(), *subject, *added, *files], check=True, capture_output=True)
    return folder / "cert.pem"


def trusting(certificate: Path) -> ssl.SSLContext:
    """Return what a client needs to believe in `certificate`, and in no other."""
    return ssl.create_default_context(cafile=certificate)


def serving(certificate: Path) -> ssl.SSLContext:
    """Return what a server needs to show `certificate`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context
