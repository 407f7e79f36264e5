"""Read one resource's records into the cache: windows whole, and single records by their ids."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, suppress
from functools import partial

from ..cache.save import Findings
from ..call import Call
from ..errors import NotFound
from ..times import Window, union
from ..whoop import fields
from ..whoop.answers import Forbidden
from ..whoop.fields import Raw
from ..whoop.resources import CURRENT, PROFILE, Resource
from .ahead import Ahead, asked_for
from .asking import Questions
from .descent import Descent
from .inquiry import DOUBTS, Answers, Inquiry, Tally
from .mirror import Mirror
from .pages import Pages, Receipt


class Reader:
    """Read one resource into the cache. Several threads may use one reader.

    Reading raises what asking WHOOP or storing raises; what was stored until then is kept.
    """

    def __init__(
        self,
        mirror: Mirror,
        resource: Resource,
        call: Call,
        tally: Tally | None = None,
        now: str | None = None,
        pages: Pages | None = None,
    ) -> None:
        self._mirror, self._call = mirror, call
        self.cache, self.resource = mirror.cache, resource
        self.tally = tally or Tally()
        self._pages = pages or Pages(mirror.cache, self.tally)
        self._questions = Questions(mirror, resource, call, self.tally)
        self.now = now or self.cache.clock()  # a window that ends here or later is open-ended
        self._inquiry = Inquiry(mirror, resource, call, self.tally, self.now)
        self._snapshot: Ahead[tuple[str, Raw | None]] | None = None

    def page_ahead(self, window: Window) -> Callable[[], None]:
        """Prepare to ask for a window's newest page before it is read; answers the job."""
        return self._questions.ahead(window.start, self._upper(window))

    def snapshot_ahead(self) -> Callable[[], None]:
        """Prepare to ask for the snapshot before it is known whose it is; answers the job."""
        self._snapshot = Ahead(partial(self._asked_one, CURRENT), self.cache.recall("cache_id"))
        return self._snapshot.ask

    def _upper(self, window: Window) -> str | None:
        return None if window.end >= self.now else window.end

    # ── a window ──

    def read(self, window: Window) -> Generator[Window, None, None]:
        """Read a window whole, newest first; yields each stretch of it as soon as it is known.

        Each page is stored with what it shows to be whole, also when the reading is cut short.
        """
        brought: deque[tuple[Window, Receipt]] = deque()
        try:
            with closing(self._brought(window)) as pages:
                for one in pages:
                    brought.append(one)
                    yield from self._known(brought)
        finally:
            for _, page in brought:
                self._pages.settle(page)
        yield from self._known(brought)

    def _known(self, brought: deque[tuple[Window, Receipt]]) -> list[Window]:
        """Take off the pages that are stored, and list what they show to be whole, newest first."""
        known = []
        while brought and brought[0][1].is_settled:
            whole, page = brought.popleft()
            self._pages.settle(page)
            known.append(whole)
        return union(known)[::-1]

    def _brought(self, window: Window) -> Generator[tuple[Window, Receipt], None, None]:
        """Read a window page by page; yields what each shows whole, with what becomes of it."""
        rest: Window | None = window
        while rest is not None:
            upper = self._upper(rest)
            descent = Descent(rest, upper, self._questions, self._inquiry, self._pages)
            yield from descent.pages()
            rest = descent.rest

    # ── single records ──

    def confirm(self, keys: Iterable[str]) -> None:
        """Ask for single records; this covers nothing around them.

        An answer that is neither the record nor that it is gone is raised.
        """
        for key in keys:
            ahead, self._snapshot = self._snapshot, None
            ahead = asked_for(self.cache.recall("cache_id"), ahead)
            asked_at, raw = ahead.answer() if ahead else self._asked_one(key)
            if raw is None:
                self._confirmed(Answers(gone=[key]), asked_at)
            else:
                # Before it is stored: another user's cache does not take it, and has to refuse
                # them from now on.
                if self.resource.names_user and (user := fields.user(raw)) is not None:
                    self.cache.login.learn(user)
                self._confirmed(Answers([raw]), asked_at)

    def confirm_snapshot(self) -> None:
        """Ask for the profile or the body measurement.

        A body measurement does not say whose it is: until the user is known, the profile goes
        first.
        """
        if not self.resource.names_user and self.cache.login.user() is None:
            try:
                Reader(self._mirror, PROFILE, self._call).confirm([CURRENT])
            except Forbidden:  # the records say whose they are, as well
                user = self._inquiry.whose()
                if user is None:
                    raise
                self.cache.login.learn(user)
                self.cache.check_owner(user)
        self.confirm([CURRENT])

    def recheck(self, keys: Iterable[str]) -> None:
        """Ask for single records; where one cannot be had, note that, and go on with the next."""
        doubts = 0
        for key in keys:
            if doubts == DOUBTS:
                return
            asked_at = self.cache.clock()
            answers = self._inquiry.ask(self.resource, [key])
            doubts += len(answers.doubtful)
            self._confirmed(answers, asked_at)

    def _confirmed(self, answers: Answers, asked_at: str) -> None:
        asked_at = self._by_right_clock(asked_at)
        if any(self.cache.raw(self.resource, key) for key in answers.gone):
            self._inquiry.believe(answers)
        self._save(
            Findings(
                self.resource,
                asked_at,
                answers.raws,
                answers.gone,
                by_id=True,
                doubtful=answers.doubtful,
            ),
            *self._inquiry.followers(answers.gone),
        )

    def keep(self, raw: Raw, asked_at: str) -> None:
        """Store a single record that was asked for in another way."""
        self.tally.add(self.resource.name, {"records_fetched": 1})
        self._save(Findings(self.resource, self._by_right_clock(asked_at), [raw], by_id=True))

    def _asked_one(self, key: str) -> tuple[str, Raw | None]:
        asked_at = self.cache.clock()
        with suppress(NotFound):
            return asked_at, self._inquiry.one(self.resource, key)
        return asked_at, None

    def _by_right_clock(self, asked_at: str) -> str:
        return self.cache.clock() if self._questions.clock_was_set() else asked_at

    def _save(self, *findings: Findings) -> None:
        self._pages.settle(self._pages.put(*findings))
