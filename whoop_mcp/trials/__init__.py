"""Try on oneself, by lot, what a behaviour does to the next morning, and tell what came of it."""

__all__ = ["experiment"]  # a module, which no start waits for
