"""Offer the program as commands in a terminal."""

__all__: list[str] = []
