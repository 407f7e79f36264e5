"""Two acts interleaved: one is stopped at each of its steps in turn while another runs to its end.

A *step* is a call of one of the functions that a test names (the seams: a transaction's beginning,
`os.replace`, a request), or a statement that a cache's connection executes. A dry run counts them.
Then, for each, everything is set up anew: the first act runs up to that step, whichever of its
threads comes to it stops, the other act runs until it ends or waits for something that the first
one holds, and the first goes on. What must hold is then asked of both.

    names = everywhere(set_up, seams=[(Database, "reading"), (os, "replace")])

`set_up` is given the number of the run and yields a Pair in a `with` block. Where the steps are
those of several threads their order may differ from run to run; the other act then runs at another
step, or at the end of the first: what must hold is the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

from whoop_mcp.cache.access import Database
from whoop_mcp.cache.database import Connection

Seam = tuple[Any, str]
"""A class or module, and the name of a function of it."""

_END = 60.0  # seconds after which an act that does not end is a hang


@dataclass
class Outcome:
    """Hold what both acts returned or raised, and the step at which the first one was stopped."""

    first: Any
    other: Any
    step: str | None


@dataclass
class Pair:
    """Two acts, and what must hold when both are over."""

    first: Callable[[], Any]
    other: Callable[[], Any]
    check: Callable[[Outcome], None]


SetUp = Callable[[int], AbstractContextManager[Pair]]


def everywhere(
    set_up: SetUp,
    *,
    seams: Sequence[Seam],
    statements: bool = False,
    patience: float = _END,
    every: int = 1,
) -> list[str]:
    """Try each step of the first act (or one in `every`); answers the steps' names.

    `statements`: what a cache's connections execute are steps, too. `patience` is for how many
    seconds the other act may run before it counts as waiting for the first; it need not be exact,
    since what must hold does so in any order. An assertion that fails says at which step.
    """
    with set_up(0) as pair:
        names = steps(pair.first, seams=seams, statements=statements)
    for number in range(0, len(names), every):
        with set_up(number + 1) as pair:
            outcome = interleaved(
                number, pair, seams=seams, statements=statements, patience=patience
            )
            try:
                pair.check(outcome)
            except AssertionError as problem:
                raise AssertionError(f"at step {number}, {outcome.step}: {problem}") from problem
    return names


def steps(act: Callable[[], Any], *, seams: Sequence[Seam], statements: bool = False) -> list[str]:
    """The names of an act's steps, in the order in which they came."""
    names: list[str] = []
    with _watched(seams, statements, names.append):
        act()
    return names


def interleaved(
    number: int, pair: Pair, *, seams: Sequence[Seam], statements: bool, patience: float
) -> Outcome:
    """Run the first act, and the other one at a step of it."""
    outcome = Outcome(None, None, None)
    guard, ended = threading.Lock(), threading.Event()
    came = 0

    def run_other() -> None:
        outcome.other = _result(pair.other)
        ended.set()

    other = threading.Thread(target=run_other, name="the other act")

    def step(name: str) -> None:
        nonlocal came
        with guard:
            came += 1
            here = came == number + 1
        if here:  # so once at most: what the other act calls comes later
            outcome.step = name
            other.start()
            ended.wait(patience)

    with _watched(seams, statements, step):
        outcome.first = _result(pair.first)
        if outcome.step is None:  # it took fewer steps than the time before: threads had luck
            with guard:
                came = number + 1  # the other act's own steps are not to start it again
            other.start()
        other.join(_END)
    assert not other.is_alive(), f"the other act hangs since {outcome.step}"
    return outcome


def _result(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Exception as problem:
        return problem


@contextmanager
def _watched(
    seams: Sequence[Seam], statements: bool, step: Callable[[str], None]
) -> Iterator[None]:
    with ExitStack() as stack:
        for owner, name in seams:
            stack.enter_context(_seam(owner, name, step))
        if statements:
            stack.enter_context(_traced(step))
        yield


@contextmanager
def _seam(owner: Any, name: str, step: Callable[[str], None]) -> Iterator[None]:
    real = vars(owner)[name]

    @wraps(real)
    def stepping(*given: Any, **named: Any) -> Any:
        step(f"{owner.__name__}.{name}")
        return real(*given, **named)

    setattr(owner, name, stepping)
    try:
        yield
    finally:
        setattr(owner, name, real)


@contextmanager
def _traced(step: Callable[[str], None]) -> Iterator[None]:
    real = Database._connect

    def connect(self: Database) -> Connection:
        connection = real(self)
        connection.set_trace_callback(lambda text: step(f"SQL {' '.join(text.split())[:60]}"))
        return connection

    Database._connect = connect  # type: ignore[method-assign]
    try:
        yield
    finally:
        Database._connect = real  # type: ignore[method-assign]
