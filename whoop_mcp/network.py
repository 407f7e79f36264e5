"""Choose the trust, proxies and name with which this program's requests to WHOOP go out."""

from __future__ import annotations

import functools
import importlib.util
import ssl
import threading
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from . import __version__, redaction
from . import settings as variables
from .errors import ValidationError
from .settings import Settings
from .whoop import tls
from .whoop.present import Present
from .whoop.transport import Token, Transport, is_loopback


def transport(
    settings: Settings, token: Token | None = None, present: Present | None = None
) -> Transport:
    """Make a transport to the settings' WHOOP server; nothing is sent yet.

    The environment's proxies and CA bundle are honoured; without such a bundle the operating
    system's trust store is used where that is possible. Where one of them cannot work, every
    question is answered by a ValidationError that names the variable, before anything is sent.
    """
    direct = is_loopback(settings.base_url)  # no proxy leads back to this computer
    one_at_a_time = threading.Lock()

    @functools.cache  # of what is well; what is wrong is looked at again, as it may be mended
    def checked() -> ssl.SSLContext | None:
        if not direct:
            _check_bundle(settings)
            _check_proxy(settings)
        plain = settings.base_url.startswith("http:")  # where no certificate is shown
        return None if plain or settings.ca_bundle else tls.system_context()

    def trust() -> ssl.SSLContext | None:
        with one_at_a_time:  # else each of many threads would read all certificates
            return checked()

    def asked_in_time(refused: str | None) -> str:
        trust()  # before the token is renewed: a renewal that cannot be sent is not begun
        return token(refused) if token else ""

    return Transport(
        settings.base_url,
        asked_in_time if token else None,
        user_agent=f"whoop-mcp/{__version__}",
        trust_env=not direct,
        ssl_context=trust,
        tls_advice=functools.partial(tls.advice, proxy=settings.proxy),
        present=present,
    )


def is_proxied(settings: Settings) -> bool:
    """Tell whether requests to WHOOP go through the settings' proxy."""
    server = urlsplit(settings.base_url)
    direct = server.scheme == "http" or urllib.request.proxy_bypass(server.hostname or "")
    return settings.proxy is not None and not direct


def _check_bundle(settings: Settings) -> None:
    if settings.ca_bundle is None:
        return
    path = Path(settings.ca_bundle)
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(**{"capath" if path.is_dir() else "cafile": str(path)})
    except (OSError, ValueError) as problem:
        why = "it holds none" if isinstance(problem, ssl.SSLError) else _reason(problem)
        raise ValidationError(
            f"{variables.trusted_by()} is not a file of certificates that can be used ({why}).",
            hint="Set it to the path of a PEM file, or unset it.",
        ) from None


def _check_proxy(settings: Settings) -> None:
    if not is_proxied(settings) or settings.proxy is None:
        return
    name = variables.proxied_by()
    proxy = redaction.address(settings.proxy)
    if proxy is None or not proxy.works:
        raise ValidationError(
            f"{name} is not the address of a proxy.",
            hint="A valid value: http://proxy.example:3128. What is special in a user's name or "
            "password is written with %, such as %40 for @.",
        )
    if proxy.scheme.startswith("socks") and importlib.util.find_spec("socks") is None:
        raise ValidationError(
            f"{name} is a SOCKS proxy, for which a library is not installed.",
            hint="Install it with `pip install pysocks`, or set an http:// proxy.",
        )


def _reason(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or "no such file"
