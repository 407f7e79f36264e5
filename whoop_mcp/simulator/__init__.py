"""Play WHOOP with a made-up account on this computer, for the demo and the tests."""

__all__: list[str] = []
