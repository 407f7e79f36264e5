"""Servers that misbehave below HTTP, and processes that stand still for a while."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from itertools import repeat
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Act = Callable[[socket.socket], None]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Peer:
    """Lets `act` talk to each that connects, one after the other; `left` is set when one of them
    hangs up on a drip."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self.left = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Peer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self._act(connection)

    def drip(self, connection: socket.socket, piece: bytes, pause: float = 0.01) -> None:
        """Send the same piece until the other side hangs up, or for half a minute."""
        ends = time.monotonic() + 30
        try:
            for one in repeat(piece):
                connection.sendall(one)
                if self._over.wait(pause) or time.monotonic() > ends:
                    return
        except OSError:
            self.left.set()
            raise


def asked(connection: socket.socket) -> bytes:
    """A request's head, as far as the empty line."""
    said = b""
    while b"\r\n\r\n" not in said:
        part = connection.recv(65536)
        if not part:
            raise OSError("hung up")
        said += part
    return said


def certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a server on 127.0.0.1 and of a client that trusts it; `ca.pem` in the
    folder is what to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "peer.pem"
    shown = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(shown)
    pem.write_bytes(
        shown
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    return serving, ssl.create_default_context(cadata=shown.decode())


def stop(process: subprocess.Popen[str]) -> float:
    """Stop a process as Ctrl-Z does; the moment at which it surely stood still, or had ended."""
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)
    return time.monotonic()


def stand_still(seconds: float) -> None:
    """Let time pass, so that what ends by the clock has ended: how much more is all the same."""
    time.sleep(seconds)


def attempts() -> Iterator[None]:
    """Attempts at something that a busy machine may keep from being shown: leave them by `break`
    once it was."""
    yield from repeat(None, 10)
    raise AssertionError("the machine was too busy each time")
