"""What can be told about a certificate that is not trusted."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from whoop_mcp import network
from whoop_mcp.errors import UpstreamError
from whoop_mcp.settings import Settings
from whoop_mcp.whoop import tls


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A TLS server on loopback whose certificate comes from an inspecting authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Inspection Ltd"),
            x509.NameAttribute(NameOID.COMMON_NAME, 'Example "Root" CA'),
        ]
    )
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server, context))
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def serve(server: socket.socket, context: ssl.SSLContext) -> None:
    """Shake hands with whoever comes; a proxy's CONNECT may come first."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            try:
                if connection.recv(7, socket.MSG_PEEK) == b"CONNECT":
                    while b"\r\n\r\n" not in connection.recv(4096):
                        pass
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                with context.wrap_socket(connection, server_side=True) as shaken:
                    shaken.recv(1)
            except OSError:
                continue


def test_the_issuer_and_the_setting_are_named(port: int) -> None:
    """The advice names who issued the certificate and the setting that helps."""
    advice = tls.advice("127.0.0.1", port)
    assert "Example Inspection Ltd, Example 'Root' CA" in advice
    assert "REQUESTS_CA_BUNDLE" in advice


def test_it_is_seen_through_a_proxy(port: int) -> None:
    """Where a proxy is the only way, the certificate is looked at through it."""
    advice = tls.advice("whoop.example", 443, proxy=f"http://127.0.0.1:{port}")
    assert "Example Inspection Ltd" in advice


def test_without_a_handshake_the_setting_is_named() -> None:
    """Where nobody answers, the advice is still of use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "REQUESTS_CA_BUNDLE" in tls.advice("127.0.0.1", port)


def test_a_transport_says_so(port: int, tmp_path: Path) -> None:
    """A request that fails on the certificate carries the advice, and no data was sent."""
    environ = {"WHOOP_HOME": str(tmp_path), "WHOOP_BASE_URL": f"https://127.0.0.1:{port}"}
    transport = network.transport(Settings.read(environ))
    with pytest.raises(UpstreamError) as caught:
        transport.exchange("GET", "/")
    transport.close()
    assert "Example Inspection Ltd" in str(caught.value.hint)


def test_the_systems_trust_is_used_unless_a_bundle_is_given() -> None:
    """With `truststore` there, its context is used."""
    pytest.importorskip("truststore")
    assert isinstance(tls.system_context(), ssl.SSLContext)
