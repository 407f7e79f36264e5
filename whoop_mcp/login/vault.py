"""Encrypt what is stored, by `cryptography`, which nothing else knows, and a key in a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .. import files
from ..errors import AuthFailed
from ..patience import Held

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class Broken(AuthFailed):
    """Signal that what is stored cannot be read; it is left as it is."""

    def __init__(self, what: str, hint: str = "Run `whoop-mcp login`.") -> None:
        super().__init__(f"The stored login cannot be read: {what}.", hint=hint)


def denied(path: Path, problem: OSError) -> Broken:
    """Make the error of a file that is there and may not be read, which may be a login as good as
    any."""
    hint = f"Make {path} readable for you; or run `whoop-mcp login`, which keeps it aside."
    if not os.access(path.parent, os.X_OK):
        hint = f"Make {path.parent} readable for you."
    return Broken(f"{path.name}: {problem.strerror}", hint)


class Vault:
    """Seal texts with the key in a file; the form is Fernet's (`gAAAAA…`)."""

    def __init__(self, key_path: Path) -> None:
        self._key_path = key_path

    def seal(self, text: str) -> str:
        """Encrypt a text. Broken when the key file is; Held when somebody keeps it open."""
        return self._fernet().encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt what was sealed. Broken when the key file is, or was another one then; Held."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet().decrypt(sealed.encode()).decode()
        except (InvalidToken, ValueError):
            raise Broken(f"it does not fit the key in {self._key_path.name}") from None

    def make_key(self) -> None:
        """Write a new key, unless there is one."""
        from cryptography.fernet import Fernet

        if not self._key_path.exists():
            files.replace(self._key_path, Fernet.generate_key())

    def _fernet(self) -> Fernet:
        # Imported when first used: it takes longer than all the rest of a short command.
        from cryptography.fernet import Fernet

        try:
            return Fernet(files.read(self._key_path).strip())
        except FileNotFoundError:
            raise Broken(f"its key file {self._key_path.name} is gone") from None
        except Held:
            raise
        except OSError as problem:
            raise denied(self._key_path, problem) from None
        except ValueError:
            raise Broken(f"{self._key_path.name} holds no key") from None
