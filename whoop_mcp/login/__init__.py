"""A login at WHOOP: got once, renewed by itself, kept encrypted."""

__all__: list[str] = []
