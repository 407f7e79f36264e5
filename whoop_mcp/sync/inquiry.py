"""Ask one by one whether records that a list does not show any more are truly gone.

Absence is no proof, and 404 alone is none either: to another user's login all records are gone, and
a server that has lost everything says so in good answers.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .. import times
from ..cache.save import Findings
from ..call import Call, OutOfTime
from ..errors import NotFound, UpstreamError
from ..times import Window
from ..whoop import fields
from ..whoop.answers import Forbidden
from ..whoop.fields import Raw
from ..whoop.resources import COLLECTIONS, CURRENT, FOLLOWERS, PROFILE, Resource
from . import listing
from .listing import Listing
from .mirror import Mirror

DOUBTS = 3
"""After so many ids that answer neither a record nor that it is gone, the others wait."""
_VANISHING = 10
"""More than this many, and over half of what is held, never vanish at once by themselves."""


class Tally:
    """The counts and warnings of all the readers of one call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)  # by resource name
        self.warnings: list[str] = []
        self.users: Counter[int | None] = Counter()  # whose the records are that WHOOP has shown
        self.looked = False  # whether every kind was asked for a record, and had none

    def add(self, resource: str, counts: Mapping[str, int]) -> None:
        """Add to a resource's numbers."""
        with self._lock:
            self.counts[resource].update(counts)

    def see(self, users: Iterable[int | None]) -> None:
        """Note that WHOOP shows records, and whose each is."""
        with self._lock:
            self.users.update(users)

    def warn(self, words: str) -> None:
        """Add a warning that the caller should read, once."""
        with self._lock:
            if words not in self.warnings:
                self.warnings.append(words)


@dataclass
class Answers:
    """The outcome of asking for records one by one."""

    raws: list[Raw] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    doubtful: dict[str, str | None] = field(default_factory=dict)  # why; None: not asked for
    vanished: bool = False  # all records of all kinds, which is not believed yet

    def add(self, other: Answers) -> None:
        """Take in further answers."""
        self.raws += other.raws
        self.gone += other.gone
        self.doubtful |= other.doubtful


class Inquiry:
    """Ask after single records, mostly of one resource, for one reader of a call."""

    def __init__(
        self, mirror: Mirror, resource: Resource, call: Call, tally: Tally, now: str
    ) -> None:
        self._cache, self._api, self._call = mirror.cache, mirror.api, call
        self._resource, self._tally, self._now = resource, tally, now

    def ask(self, resource: Resource, keys: Iterable[str]) -> Answers:
        """Ask for records, each of which is there, is gone, or cannot be had."""
        answers = Answers()
        for key in keys:
            if len(answers.doubtful) >= DOUBTS:
                answers.doubtful[key] = None
                continue
            try:
                answers.raws.append(self.one(resource, key))
            except NotFound:
                answers.gone.append(key)
            except OutOfTime:
                raise
            except (Forbidden, UpstreamError) as problem:
                answers.doubtful[key] = problem.message
                self._warn_of(resource, key, problem.message)
        return answers

    def one(self, resource: Resource, key: str) -> Raw:
        """Ask for a single record. Raises what asking WHOOP does."""
        self._count("requests")
        raw = self._api.one(resource, key, self._call)
        self._count("records_fetched")
        if resource.is_collection:
            self._tally.see([fields.user(raw)])
        return raw

    def believe(self, answers: Answers) -> bool:
        """Tell whether what seems gone is; else nothing in `answers` is gone any more.

        CacheError when the login is not the one that the cache belongs to.
        """
        user = self.whose()
        if user is None:
            self._doubt(answers, "it is not known whose login this is.")
            return False
        self._cache.check_owner(user)
        if self.shown() or self._cache.vanished_before(self._now):
            return True
        self._tally.warn(
            "WHOOP suddenly shows no record at all any more. They were kept. Check the permissions "
            "of your WHOOP app; if they are truly deleted, a sync in an hour or later finds it so."
        )
        answers.gone, answers.vanished = [], True
        return False

    def _doubt(self, answers: Answers, why: str) -> None:
        for key in answers.gone:
            answers.doubtful[key] = why
            self._warn_of(self._resource, key, f"WHOOP has no such record, but {why}")
        answers.gone = []

    def _warn_of(self, resource: Resource, key: str, why: str) -> None:
        self._tally.warn(
            f"{resource.one} {key} could not be checked: {why} It stays as it is, and is asked for "
            "again."
        )

    def whose(self) -> int | None:
        """Find whose login it is: by what the login, the records or the profile say; else None."""
        user = self._cache.login.user()
        if user is not None:
            return user  # the cache has checked it when it was opened
        self.shown()
        known = [user for user, _ in self._tally.users.most_common() if user is not None]
        if known:
            return known[0]
        try:
            self._count("requests")
            return fields.user(self._api.one(PROFILE, CURRENT, self._call))
        except OutOfTime:
            raise
        except (NotFound, Forbidden, UpstreamError):
            return None

    def shown(self) -> bool:
        """Tell whether WHOOP shows any record at all, of whichever kind; asks where need be."""
        if self._tally.users or self._tally.looked:
            return bool(self._tally.users)
        for resource in COLLECTIONS:
            self._count("requests")
            try:
                page = self._api.page(resource, times.BEGINNING, None, None, self._call)
            except OutOfTime:
                raise
            except (Forbidden, UpstreamError):
                continue
            self._tally.see(listing.read(resource, *page).users)
            if self._tally.users:
                return True
        self._tally.looked = True
        return False

    def settle(self, held: set[str], seen: set[str], window: Window) -> tuple[Answers, bool]:
        """Ask what became of the records that a window does not show any more, and whether every
        absence in it is explained by that."""
        if not held - seen:
            return Answers(), True
        turn = {key: place for place, key in enumerate(self._cache.doubted(self._resource))}
        absent = sorted(held - seen, key=lambda key: (turn.get(key, -1), key))
        first, others = absent[: _VANISHING + 1], absent[_VANISHING + 1 :]
        answers = self.ask(self._resource, first)
        if answers.gone and not self.believe(answers):
            if not answers.vanished:  # nobody knows whose login this is
                answers.doubtful |= dict.fromkeys(others)
            return answers, not answers.vanished
        lacking, half = len(absent), len(held) / 2
        everything = bool(answers.gone) and not self.shown()
        if everything or len(answers.gone) <= _VANISHING or lacking <= half:
            answers.add(self.ask(self._resource, others))
            lacking = len(answers.gone)  # else it is enough to know that they vanish
        if not everything and lacking > _VANISHING and lacking > half:
            self._tally.warn(
                f"{self._resource.name}: WHOOP suddenly lacks {lacking} of {len(held)} records "
                f"between {window.start} and {window.end}. They were kept. Check the permissions "
                "of your WHOOP app; if they are truly deleted, run `whoop-mcp purge --all` and "
                "sync again."
            )
            answers.gone = []
            return answers, False
        return answers, True

    def agreed(
        self, page: Listing, held: Mapping[str, str], shown: dict[str, Raw]
    ) -> tuple[Sequence[Raw], Mapping[str, str | None]]:
        """Ask by their id for a page's records that contradict a page before or what is held.

        `held` are the moments at which WHOOP last touched what is held otherwise. `shown` is what
        the pages before have shown, to which these are added. Answers the page's records as they
        are, and why those are left out whose id tells nothing.
        """
        now = self._cache.clock() if held else ""
        disputed = [
            key
            for key, rivals in page.by_key.items()
            if (key in shown and shown[key] not in rivals)
            or (key in held and max(map(fields.last_touched, rivals)) < held[key] <= now)
        ]
        shown |= {key: rivals[0] for key, rivals in page.by_key.items()}
        if not disputed or len(disputed) > _VANISHING:  # so many have truly gone back in time
            return page.records, {}
        answers = self.ask(self._resource, disputed)
        settled = {*disputed} - {*answers.gone}
        replaced = {id(raw) for key in settled for raw in page.by_key[key]}
        raws = [*(raw for raw in page.records if id(raw) not in replaced), *answers.raws]
        return raws, answers.doubtful

    def followers(self, gone: list[str]) -> list[Findings]:
        """Ask what became of the recoveries of sleeps that are gone: they go together."""
        follower = FOLLOWERS.get(self._resource)
        if follower is None or not gone:
            return []
        asked_at = self._cache.clock()  # later than a list of theirs that was asked for ahead
        answers = self.ask(follower, self._cache.recoveries_of(gone))
        return [
            Findings(
                follower,
                asked_at,
                answers.raws,
                answers.gone,
                by_id=True,
                doubtful=answers.doubtful,
            )
        ]

    def _count(self, what: str) -> None:
        self._tally.add(self._resource.name, {what: 1})
