"""A cache and the WHOOP it is to be like: what every read and every sync is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from ..cache.cache import Cache
from ..whoop.api import Api

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Mirror:
    """A cache, the WHOOP server it mirrors, and how it is kept.

    `user` tells whose login is in use, or None as long as nobody knows; `learned_user` is told
    the profile's `user_id` as soon as WHOOP has named it.
    """

    cache: Cache
    api: Api
    retention_days: int | None = None
    user: Callable[[], int | None] = lambda: None
    learned_user: Callable[[int], None] = lambda user: None


def in_one_go(
    act: Callable[Concatenate[Mirror, Given], Answer],
) -> Callable[Concatenate[Mirror, Given], Answer]:
    """An act on a mirror, for which its cache is opened once whatever it asks and stores there."""

    @wraps(act)
    def whole(mirror: Mirror, /, *given: Given.args, **named: Given.kwargs) -> Answer:
        with mirror.cache.held():
            return act(mirror, *given, **named)

    return whole
