"""Export records from the cache alone, as files, and say how complete they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

from .. import times
from ..cache.cache import Cache
from ..cache.coverage import Standing
from ..cache.rows import as_json
from ..cache.snapshot import Snapshot
from ..call import Call
from ..choices import ALL, FORMATS, JOURNAL, KINDS
from ..destination import check_free, file_at, folder_at
from ..draft import draft, made_folder, save
from ..errors import ValidationError
from ..folders import Folder
from ..times import Span
from ..whoop.records import Record, Write
from ..whoop.resources import COLLECTIONS, CURRENT, RESOURCES, Resource
from . import journal, partitions
from .parquet import parquet_writer
from .partitions import Writer
from .writers import csv_writer, jsonl_writer

_WRITERS: dict[str, Writer] = {
    "csv": csv_writer,
    "jsonl": jsonl_writer,
    "parquet": parquet_writer,
}

_WHOLE = tuple(one.name for one in RESOURCES.values() if not one.is_collection)
"""The kinds that are written whatever the span is."""

_BATCH = 1000  # records in memory at once, and a row group of Parquet


def export(
    cache: Cache,
    kind: str,
    format: str,
    path: str,
    *,
    start: str | None = None,
    end: str | None = None,
    overwrite: bool = False,
    home: Path,
    partition_by_year: bool = False,
    notes: bool = False,
    call: Call | None = None,
) -> dict[str, Any]:
    """Write what the cache holds of a kind to `path`; WHOOP is not asked.

    `start` and `end` are instants or bare dates, by default everything. `path` is a file; with
    kind `all` a folder of one file per resource, made if need be; with `partition_by_year` a
    folder `year=2026/part-0.csv` … in place of each file of a collection.
    Answers `{"status", "format", "files": [{"kind", "path", "records", "bytes", "complete",
    "missing"?: [{"start", "end"}], "as_of"}], "warnings"?}`, a folder by year counting as one file,
    a warning where nothing can be in the window. The notes of a journal are left out without
    `notes`.

    All files are of one moment of the cache, and none takes its place before all are written whole,
    nor in another folder than the one that was at the path. Raises ValidationError, FileExists,
    CacheEmpty, ExportError, and whatever `call` raises when it is over.
    """
    _check_choice("kind", kind, KINDS)
    _check_choice("format", format, FORMATS)
    start, end = _bounds(start, end)
    span = Span(start or times.EVER.start, end or times.EVER.end)
    by_year = COLLECTIONS if partition_by_year else ()
    job = _Job(format, span, overwrite, by_year, call or Call())
    if kind == JOURNAL:
        if partition_by_year:
            raise ValidationError("A journal is one file.", hint="Leave --partition-by-year out.")
        return job.write_journal(
            cache, file_at(path, f".{format}", home=home, overwrite=overwrite), notes=notes
        )
    if kind == ALL:
        folder = folder_at(path, home=home)
        places = {resource: folder / job.name(resource) for resource in RESOURCES.values()}
    elif partition_by_year:
        places = {RESOURCES[kind]: folder_at(path, home=home)}
    else:
        place = file_at(path, f".{format}", home=home, overwrite=overwrite)
        places = {RESOURCES[kind]: place}
    for resource, place in places.items():
        job.check_free(resource, place)
    with ExitStack() as drafts:
        with cache.reading() as seen:
            seen.require_content()
            within = drafts.enter_context(made_folder(folder)) if kind == ALL else None
            files = [
                job.write(seen, resource, place, within, drafts)
                for resource, place in places.items()
            ]
        for resource, place in places.items():
            job.check_free(resource, place)  # one place that was taken meanwhile stops them all
    return job.answer(files, seen.now)


@dataclass(frozen=True)
class _Job:
    """The options of one export, which all its files share."""

    format: str
    span: Span
    overwrite: bool
    by_year: tuple[Resource, ...]
    call: Call

    @property
    def suffix(self) -> str:
        return f".{self.format}"

    def name(self, resource: Resource) -> str:
        """Name a resource's file or folder in a folder of them all."""
        return resource.name if resource in self.by_year else resource.name + self.suffix

    def answer(self, files: list[dict[str, Any]], now: str) -> dict[str, Any]:
        """Tell of the files, and where nothing is in a span, why nothing can be."""
        held = any(one["records"] for one in files if one["kind"] not in _WHOLE)
        words = None if held else times.remark(self.span, now)
        warnings = {"warnings": [words]} if words else {}
        return {"status": "success", "format": self.format, "files": files, **warnings}

    def check_free(self, resource: Resource, place: Path) -> None:
        if resource in self.by_year:
            partitions.check_free(place, self.suffix, overwrite=self.overwrite)
        else:
            check_free(place, overwrite=self.overwrite)

    def write_journal(self, cache: Cache, place: Path, *, notes: bool) -> dict[str, Any]:
        """Write the journal to a file; answers as `export` does."""
        record = cast("type[Record]", journal.NotedLine if notes else journal.Line)
        with cache.reading() as seen:
            texts = journal.texts(seen, self.span, notes=notes)
            with draft(place, overwrite=self.overwrite) as file:
                with _WRITERS[self.format](file, record) as write:
                    records = self._feed(texts, write)
                save(file)
                size = file.tell()
            known = journal.standing(seen, self.span)
        entry = {"kind": JOURNAL, "path": str(place), "records": records, "bytes": size}
        return self.answer([entry | _told(known)], seen.now)

    def write(
        self,
        seen: Snapshot,
        resource: Resource,
        place: Path,
        within: Folder | None,
        drafts: ExitStack,
    ) -> dict[str, Any]:
        """Write one resource as the cache is at a moment; it takes its place, in the open folder
        `within` if there is one, when `drafts` closes. Answers its entry."""
        fill = self._fill_years if resource in self.by_year else self._fill_file
        records, size = fill(resource, self._texts(seen, resource), place, within, drafts)
        return {
            "kind": resource.name,
            "path": str(place),
            "records": records,
            "bytes": size,
            **self._standing(seen, resource),
        }

    def _fill_file(
        self,
        resource: Resource,
        texts: Iterator[str],
        place: Path,
        within: Folder | None,
        drafts: ExitStack,
    ) -> tuple[int, int]:
        file = drafts.enter_context(draft(place, overwrite=self.overwrite, folder=within))
        with _WRITERS[self.format](file, resource.record) as write:
            records = self._feed(texts, write)
        save(file)
        return records, file.tell()

    def _fill_years(
        self,
        resource: Resource,
        texts: Iterator[str],
        place: Path,
        within: Folder | None,
        drafts: ExitStack,
    ) -> tuple[int, int]:
        beside = partitions.draft(place, self.suffix, overwrite=self.overwrite, parent=within)
        folder = drafts.enter_context(beside)
        writer = _WRITERS[self.format]
        with partitions.yearly(folder, self.suffix, writer, resource.record) as write:
            records = self._feed(texts, write)
        return records, partitions.size(folder)

    def _feed(self, texts: Iterator[str], write: Write) -> int:
        count = 0
        self.call.check()
        while batch := list(islice(texts, _BATCH)):
            write(batch)
            count += len(batch)
            self.call.check()
        return count

    def _texts(self, seen: Snapshot, resource: Resource) -> Iterator[str]:
        if resource.is_collection:
            return seen.texts(resource, self.span)
        current = seen.current(resource)
        return iter([] if current is None else [as_json(current)])

    def _standing(self, seen: Snapshot, resource: Resource) -> dict[str, Any]:
        """Tell how well it is known: `{"complete", "missing"?, "as_of"}`."""
        if not resource.is_collection:
            as_of = seen.asked_at(resource, CURRENT)
            return {"complete": as_of is not None, "as_of": as_of}
        span = self.span
        if span.start == times.EVER.start:  # WHOOP has nothing from before its beginning
            span = Span(times.BEGINNING, span.end)
        return _told(seen.standing(resource, span, edge=True))


def _told(known: Standing) -> dict[str, Any]:
    """Tell how well a span is known, with each gap in it."""
    missing = [window._asdict() for window in known.missing]
    return {
        "complete": known.complete,
        **({"missing": missing} if missing else {}),
        "as_of": known.as_of,
    }


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValidationError(
            f"`{name}` is not one of {', '.join(choices)}.", hint=f"For example {choices[0]}."
        )


def _bounds(start: str | None, end: str | None) -> tuple[str | None, str | None]:
    if start is not None and end is not None:
        return times.parse(start, end, times.LATEST)
    return (
        None if start is None else times.bound("start", start),
        None if end is None else times.bound("end", end),
    )
