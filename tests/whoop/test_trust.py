"""What is trusted is read once and not for each connection, and again where it did not do."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from whoop_mcp.errors import UpstreamError
from whoop_mcp.whoop import tls
from whoop_mcp.whoop.transport import Transport

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="the system has no files of certificates"
)


def made(folder: Path, name: str) -> Path:
    """A file with a certificate for 127.0.0.1 that nobody else has signed, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(timezone.utc)
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A TLS server on loopback that answers one question on each connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made(tmp_path, "server"))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                try:
                    with context.wrap_socket(connection, server_side=True) as shaken:
                        shaken.recv(4096)
                        shaken.sendall(
                            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
                        )
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_what_is_trusted_is_read_once(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many connections there are, certificates are read for the first; an authority that
    is added to the system's is known with the next try, and one that is not there never."""
    pytest.importorskip("truststore")
    system = tmp_path / "system.pem"
    system.write_bytes(made(tmp_path, "other").read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    read: list[str] = []
    for name in ("load_verify_locations", "set_default_verify_paths"):
        do = getattr(ssl.SSLContext, name)

        def reads(*given: Any, name: str = name, do: Any = do) -> None:
            read.append(name)
            do(*given)

        monkeypatch.setattr(ssl.SSLContext, name, reads)
    transport = Transport(f"https://127.0.0.1:{port}", ssl_context=tls.system_context)
    for _ in range(2):
        with pytest.raises(UpstreamError, match="could not be trusted"):
            transport.exchange("GET", "/")
    system.write_bytes(system.read_bytes() + (tmp_path / "server.pem").read_bytes())
    assert transport.exchange("GET", "/").status == 200
    read.clear()
    for _ in range(3):
        assert transport.exchange("GET", "/").status == 200
    transport.close()
    assert read == []


def test_a_system_without_certificates_is_left_to_truststore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where OpenSSL knows of no file, `truststore` looks for one elsewhere."""
    truststore = pytest.importorskip("truststore")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    assert isinstance(tls.system_context(), truststore.SSLContext)


def test_a_list_of_certificates_that_is_gone_is_an_upstream_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the list that comes with requests cannot be read, as while it is replaced, the
    connection fails with the usual error, and nothing is called a defect of this program."""
    gone = str(tmp_path / "none.pem")
    for module in ("whoop_mcp.whoop.wire", "requests.adapters"):
        monkeypatch.setattr(f"{module}.DEFAULT_CA_BUNDLE_PATH", gone)
    transport = Transport(
        "https://localhost:1", lambda refused: "token", ssl_context=tls.system_context, backoff=0
    )
    with pytest.raises(UpstreamError):
        transport.get("/v2/cycle")
