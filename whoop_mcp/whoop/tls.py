"""Trust what the operating system trusts, and name who signed a certificate that is not trusted."""

from __future__ import annotations

import re
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

_PATIENCE = 5.0  # seconds for connecting, for a proxy's answer and for the handshake
_ORGANIZATION, _COMMON_NAME = b"\x55\x04\x0a", b"\x55\x04\x03"


def system_context() -> ssl.SSLContext | None:
    """Make a context that trusts what the operating system does; None where that needs `truststore`
    and it is not there."""
    try:
        import truststore
    except ImportError:
        return None
    if sys.platform not in ("win32", "darwin") and (loaded := _of_files()) is not None:
        return loaded
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _of_files() -> ssl.SSLContext | None:
    """Make a context that has read the system's certificates; None where OpenSSL knows of none.

    `truststore` reads just these there, for each connection, which takes longer than a handshake.
    """
    known = ssl.get_default_verify_paths()
    if not known.cafile and not (known.capath and any(Path(known.capath).glob("*.0"))):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_default_verify_paths()
    return context


def advice(host: str, port: int, proxy: str | None = None) -> str:
    """Say what to do about a certificate that is not trusted, and who issued it if that shows.

    One handshake is made to see it, through the proxy if there is one; no data is sent in it.
    """
    setting = (
        "If your network inspects TLS, ask your IT department for its CA certificate as a PEM "
        "file and set REQUESTS_CA_BUNDLE to that file's path."
    )
    try:
        name = _issuer(_certificate(host, port, proxy))
    except (OSError, ValueError, IndexError):
        return setting
    return f'The certificate shown for {host} was issued by "{name}". {setting}'


def _certificate(host: str, port: int, proxy: str | None) -> bytes:
    context = ssl.create_default_context()
    # Only to look at what was already refused: nothing is sent or believed.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        _connection(host, port, proxy) as plain,
        context.wrap_socket(plain, server_hostname=host) as shaken,
    ):
        return shaken.getpeercert(binary_form=True) or b""


def _connection(host: str, port: int, proxy: str | None) -> socket.socket:
    if proxy is None:
        return socket.create_connection((host, port), _PATIENCE)
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    way = socket.create_connection((parts.hostname or "", parts.port or 80), _PATIENCE)
    try:
        way.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        answer, ends = b"", time.monotonic() + _PATIENCE
        while not answer.endswith(b"\r\n\r\n") and len(answer) < 8192:
            # Each byte has but what is left of the whole: a proxy may trickle.
            way.settimeout(max(ends - time.monotonic(), 0.001))
            answer += way.recv(1) or b"\r\n\r\n"
        way.settimeout(_PATIENCE)
        if not re.match(rb"HTTP/1\.\d 200", answer):
            raise OSError("the proxy lets nothing through")
    except BaseException:
        way.close()
        raise
    return way


def _issuer(certificate: bytes) -> str:
    """Read the issuer's organization and common name in a certificate's DER."""
    (_, outer), *_ = _parts(certificate)
    (_, signed), *_ = _parts(outer)
    fields = list(_parts(signed))
    # Before the issuer stand the serial number, the algorithm and, since X.509 v3, a version.
    _, issuer = fields[3 if fields[0][0] == 0xA0 else 2]
    names: dict[bytes, str] = {}
    for _, relative in _parts(issuer):
        for _, pair in _parts(relative):
            (_, kind), (_, value) = _parts(pair)
            names[kind] = "".join(filter(str.isprintable, value.decode("utf-8", "replace")))[:80]
    shown = [names[kind] for kind in (_ORGANIZATION, _COMMON_NAME) if kind in names]
    return ", ".join(shown).replace('"', "'") or "somebody without a name"


def _parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Read (tag, content) of each DER value in a row."""
    at = 0
    while at < len(content):
        tag, length = content[at], content[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(content[at : at + size], "big")
            at += size
        if at + length > len(content):
            raise ValueError("cut short")
        yield tag, content[at : at + length]
        at += length
