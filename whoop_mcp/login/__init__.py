"""Get a login at WHOOP once, renew it by itself, keep it encrypted."""

__all__: list[str] = []
