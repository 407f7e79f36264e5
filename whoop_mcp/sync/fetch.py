"""Read a window of WHOOP's records whole, so that what it does not show is truly gone.

WHOOP's page tokens are offsets: a record that is deleted while one pages makes another slip
through. So each page is asked for by time instead, as the newest records up to where the last
page ended; one page is one moment, and nothing can shift between two.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence, Set
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from .. import times
from ..cache import intake, lookup, selection
from ..cache.intake import Came
from ..cache.save import Findings
from ..call import Call
from ..errors import AuthFailed, NotFound, RateLimited, UpstreamError
from ..times import Window, union
from ..whoop import fields
from ..whoop.answers import Forbidden
from ..whoop.fields import Raw
from ..whoop.present import APART, ClockSet
from ..whoop.resources import CURRENT, PROFILE, Resource
from ..whoop.transport import Begun
from . import listing
from .ahead import Ahead, asked_for
from .inquiry import DOUBTS, Answers, Inquiry, Tally
from .listing import Listing
from .mirror import Mirror
from .pages import Pages, Receipt


class _Found(NamedTuple):
    """Hold what the cache has where a page was read."""

    ends: str  # where the page ends; an empty text: the next one cannot be asked for by that
    reach: str  # a moment before all of the page's records
    touched: dict[str, str]  # when WHOOP last touched those that are held otherwise
    parents: list[str | None] | None  # of its records, as these are read; None: some are held
    expected: set[str]  # the ids that are to be seen in what is known whole now


class _Sent(NamedTuple):
    """Hold a question for a page, and when it was asked."""

    asked_at: str
    begun: Begun


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
        self.cache, self._api = mirror.cache, mirror.api
        self.resource = resource
        self.tally = tally or Tally()
        self._pages = pages or Pages(mirror.cache, self.tally)
        self._correction = self._api.present.correction  # of the clock that is reckoned with
        self.now = now or self.cache.clock()  # a window that ends here or later is open-ended
        self.inquiry = Inquiry(mirror, resource, call, self.tally, self.now)
        self._ahead: dict[tuple[str, str | None], Ahead[tuple[str, Listing]]] = {}
        self._snapshot: Ahead[tuple[str, Raw | None]] | None = None

    def page_ahead(self, window: Window) -> Callable[[], None]:
        """Prepare to ask for a window's newest page before it is read; answers the job."""
        upper = None if window.end >= self.now else window.end
        asked = partial(self._asked, window.start, upper)
        one = self._ahead[window.start, upper] = Ahead(asked, self.cache.recall("cache_id"))
        return one.ask

    def snapshot_ahead(self) -> Callable[[], None]:
        """Prepare to ask for the snapshot before it is known whose it is; answers the job."""
        self._snapshot = Ahead(partial(self._asked_one, CURRENT), self.cache.recall("cache_id"))
        return self._snapshot.ask

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
        """Read a window page by page; yields each that is to be stored, and what it shows whole."""
        rest: Window | None = window
        while rest is not None:
            rest = yield from self._newest_of(rest)

    def _newest_of(self, window: Window) -> Generator[tuple[Window, Receipt], None, Window | None]:
        """Read a window, newest first, as far as its pages can be told apart by time and the first
        that cannot; answers what is left of it, to be read by itself."""
        rest: Window | None = None
        upper = None if window.end >= self.now else window.end
        claimed, seen, shown = window.end, set[str](), dict[str, Raw]()
        shown_by: list[Set[str]] = []  # the same by page: none accounts for what is shown after it
        cache_id = self.cache.recall("cache_id")
        before: Receipt | None = None
        lower: str | None = None  # where the page before ended
        asked_before: str | None = None  # when it was asked for
        sent: _Sent | None = None
        try:
            while True:
                taken, sent = sent, None  # from here on it is dropped by whoever asks, if need be
                asked_at, page = self._newest(window.start, upper, cache_id, taken)
                if upper is None:
                    claimed = asked_at
                seen.update(page.by_key)
                shown_by.append(page.by_key.keys())
                # A long record may reach up from the next page, so a page is known whole only when
                # the one below it has come.
                above = Window(lower or claimed, claimed)
                found = self._look(page, window, upper, above)
                if not found.ends:  # not to be told apart by time: read by token, as far as that is
                    if window.start < found.reach < window.end:
                        rest = Window(window.start, found.reach)
                        window = Window(found.reach, window.end)
                    asked_at = self.cache.clock()
                    page = listing.by_token(self.resource, partial(self._page, window.start, upper))
                    seen.update(page.by_key)
                    shown_by.append(page.by_key.keys())
                    found = self._look(page, window, upper, above)
                asked_first = asked_before
                lowest = page.next_token is None
                whole = Window(window.start, claimed) if lowest else above
                if not lowest:
                    lower, asked_before = found.ends, asked_at
                    upper = times.plus(lower, milliseconds=1)
                    sent = self._send(window.start, upper)
                raws, doubtful = self.inquiry.agreed(page, found.touched, shown)
                came = self._come(raws, found.parents) if raws is page.records else None
                one = Findings(
                    self.resource,
                    asked_at,
                    raws,
                    window=whole,
                    asked_first=asked_first,
                    accounted=(*shown_by, found.expected),
                    lowest=lowest,
                    cache_id=cache_id,
                    doubtful=doubtful,
                    came=came,
                )
                before = self._claim(one, found.expected, seen, before)
                yield whole, before
                if lowest:
                    return rest
                claimed = whole.start
        finally:
            if sent is not None:
                self._api.drop(sent.begun)

    def _look(self, page: Listing, window: Window, upper: str | None, above: Window) -> _Found:
        """Look at what is held where a page was read, and of its records, all at one moment.

        `above` is what is known whole now if another page follows, and else all down to the
        window's start.
        """
        lowest = page.next_token is None
        whole = Window(window.start, above.end) if lowest else above
        with self.cache.database.reading() as connection:
            ends = listing.end(connection, self.resource, page, window, upper)
            touched, known = lookup.touched(connection, self.resource, page.by_key)
            return _Found(
                ends,
                ends or listing.reach(connection, self.resource, page, window),
                touched,
                None if known else intake.parent_texts(connection, self.resource, page.records),
                {*selection.within(connection, self.resource, whole, lowest)},
            )

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
                user = self.inquiry.whose()
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
            answers = self.inquiry.ask(self.resource, [key])
            doubts += len(answers.doubtful)
            self._confirmed(answers, asked_at)

    def _confirmed(self, answers: Answers, asked_at: str) -> None:
        asked_at = self._by_right_clock(asked_at)
        if any(self.cache.raw(self.resource, key) for key in answers.gone):
            self.inquiry.believe(answers)
        self._save(
            Findings(
                self.resource,
                asked_at,
                answers.raws,
                answers.gone,
                by_id=True,
                doubtful=answers.doubtful,
            ),
            *self.inquiry.followers(answers.gone),
        )

    def keep(self, raw: Raw, asked_at: str) -> None:
        """Store a single record that was asked for in another way."""
        self._count("records_fetched")
        self._save(Findings(self.resource, self._by_right_clock(asked_at), [raw], by_id=True))

    def _come(self, raws: Sequence[Raw], parents: list[str | None] | None) -> Came | None:
        """Read a page's records before they are stored, while WHOOP looks for the next page; None
        where some are held, as most of these are the same and need not be read."""
        if parents is None:
            return None
        return Came(intake.read_beside(self.resource, raws, parents), parents)

    def _claim(
        self, page: Findings, held: set[str], seen: set[str], before: Receipt | None
    ) -> Receipt:
        """Have a page stored; in its window, which is known whole now, settle what it no longer
        shows.

        The window is filled by the page `before` as well, without which this one is not stored.
        `held` are the ids that it must show, `seen` those that it and the pages before have shown.
        """
        followers: list[Findings] = []
        if page.window is not None and held - seen:
            try:
                answers, settled = self.inquiry.settle(held, seen, page.window)
                followers = self.inquiry.followers(answers.gone)
            except (UpstreamError, RateLimited, AuthFailed):
                self._save(replace(page, window=None, accounted=None, lowest=False))
                raise
            page = replace(
                page,
                raws=[*page.raws, *answers.raws],
                gone=answers.gone,
                window=page.window if settled else None,
                doubtful={**page.doubtful, **answers.doubtful},
                came=None if answers.raws else page.came,
            )
        return self._pages.put(page, *followers, after=before)

    def _newest(
        self, start: str, end: str | None, cache_id: str | None, sent: _Sent | None
    ) -> tuple[str, Listing]:
        """Get a window's newest page, and when it was asked for: what was `sent` for it, or asked
        ahead, or asks now."""
        if sent is not None:
            return sent.asked_at, self._page(start, end, None, sent.begun)
        ahead = asked_for(cache_id, self._ahead.pop((start, end), None))
        return ahead.answer() if ahead else self._asked(start, end)

    def _send(self, start: str, end: str) -> _Sent | None:
        """Ask for a page before the one above it is stored; None where that has to wait."""
        asked_at = self.cache.clock()
        begun = self._api.begin(self.resource, start, end, None, self._call)
        if begun is None:
            return None
        self._count("requests")
        return _Sent(asked_at, begun)

    def _asked(self, start: str, end: str | None) -> tuple[str, Listing]:
        asked_at = self.cache.clock()
        return asked_at, self._page(start, end, None)

    def _asked_one(self, key: str) -> tuple[str, Raw | None]:
        asked_at = self.cache.clock()
        with suppress(NotFound):
            return asked_at, self.inquiry.one(self.resource, key)
        return asked_at, None

    def _page(
        self, start: str, end: str | None, token: str | None, begun: Begun | None = None
    ) -> Listing:
        if begun is None:
            self._call.check()
            self._count("requests")
        page = listing.read(
            self.resource, *self._api.page(self.resource, start, end, token, self._call, begun)
        )
        self._count("records_fetched", len(page.records))
        if self._clock_was_set():
            raise ClockSet  # the window and the moment of asking are by a wrong clock
        self.tally.see(page.users)
        return page

    def _clock_was_set(self) -> bool:
        """Tell whether WHOOP has told another time since this reader was made."""
        return abs(self._api.present.correction - self._correction) > APART

    def _by_right_clock(self, asked_at: str) -> str:
        return self.cache.clock() if self._clock_was_set() else asked_at

    def _save(self, *findings: Findings) -> None:
        self._pages.settle(self._pages.put(*findings))

    def _count(self, what: str, number: int = 1) -> None:
        self.tally.add(self.resource.name, {what: number})
