"""Which trust, proxies and name this program's requests to WHOOP go out with."""

from __future__ import annotations

from functools import partial

from . import __version__, tls
from .present import Present
from .settings import Settings
from .transport import Token, Transport, is_loopback


def transport(
    settings: Settings, token: Token | None = None, present: Present | None = None
) -> Transport:
    """A transport to the settings' WHOOP server; nothing is sent yet.

    The environment's proxies and CA bundle are honoured; without such a bundle the operating
    system's trust store is used where that is possible.
    """
    return Transport(
        settings.base_url,
        token,
        user_agent=f"whoop-mcp/{__version__}",
        trust_env=not is_loopback(settings.base_url),  # no proxy leads back to this computer
        ssl_context=None if settings.ca_bundle else tls.system_context,
        tls_advice=partial(tls.advice, proxy=settings.proxy),
        present=present,
    )
