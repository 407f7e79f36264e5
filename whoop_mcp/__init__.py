"""whoop-mcp: a person's own WHOOP data, mirrored to their disk and served to their model."""

__version__ = "0.9.0"
