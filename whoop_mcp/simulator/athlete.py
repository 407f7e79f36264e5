"""A plausible WHOOP user of any length, from a seed."""

from __future__ import annotations

from datetime import date

from .. import times
from .account import Account
from .life import Life, Truths

__all__ = ["Account", "Truths", "make"]


def make(
    seed: int = 1,
    days: int = 90,
    until: str | None = None,
    user_id: int = 10129,
    **truths: object,
) -> Account:
    """An account whose athlete has worn the strap for `days` days.

    `until` is the account's present, a canonical instant (default: now). The same arguments make
    the same account, and time passed in it leads to the same days as a later `until`.
    `truths` are the fields of `Truths`.
    """
    present = until or times.now()
    known = Truths(**truths)  # type: ignore[arg-type]
    today = date.fromisoformat(times.local(present, known.home)[:10]).toordinal()
    profile = {
        "user_id": user_id,
        "email": f"athlete.{user_id}@example.com",
        "first_name": "Demo",
        "last_name": "Athlete",
    }
    body = {"height_meter": 1.7526, "weight_kilogram": 71.4, "max_heart_rate": 191}
    return Account(profile, body, present, Life(seed, today - days + 1, known))
