"""All in which the six resources differ: one table, looped over or looked up by everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import ValidationError
from . import fields
from .fields import Malformed, Raw
from .records import BodyMeasurement, Cycle, Profile, Record, Recovery, Sleep, Workout, flat

CURRENT = "current"
"""The id of a snapshot, of which there is only the present one."""


@dataclass(frozen=True)
class Resource:
    """One kind of record: where it is, what it becomes, and what names one of them."""

    name: str
    one: str  # a single record's kind, in words
    record: type[Record]
    path: str  # of the collection, or of the snapshot
    item: str  # of one record, with {id}
    scope: str
    id_field: str | None  # None: a snapshot
    is_id: Callable[[object], bool]
    says: tuple[str, ...] = ()  # the fields by which a snapshot is known

    def key(self, raw: Raw) -> str:
        """The id as text. Malformed when it is missing or of the wrong type.

        A snapshot has none; what says nothing that it would say is no snapshot.
        """
        if self.id_field is None:
            if not any(name in raw for name in self.says):
                raise Malformed("it says nothing of what it is")
            return CURRENT
        if self.is_id is fields.is_cycle_id:
            return str(fields.cycle_id(raw, self.id_field))
        # One record has one key, whichever case WHOOP happens to spell its UUID in.
        return fields.uuid(raw, self.id_field).lower()

    def flatten(self, raw: Raw, parent: Raw | None = None) -> dict[str, Any]:
        """The flat record; `parent` is what a recovery takes its times from.

        Malformed names the field that cannot be right.
        """
        return flat(self.record.from_api(raw, parent))

    def is_final(self, raw: Raw) -> bool:
        """Whether WHOOP is done with the record: scored or unscorable, and over."""
        over = self.record in (Recovery, Profile, BodyMeasurement) or raw.get("end") is not None
        return over and raw.get("score_state") != "PENDING_SCORE"


_LIST = (
    Resource(
        name="cycles",
        one="cycle",
        record=Cycle,
        path="/v2/cycle",
        item="/v2/cycle/{id}",
        scope="read:cycles",
        id_field="id",
        is_id=fields.is_cycle_id,
    ),
    Resource(
        name="recoveries",
        one="recovery",
        record=Recovery,
        path="/v2/recovery",
        item="/v2/cycle/{id}/recovery",
        scope="read:recovery",
        id_field="cycle_id",
        is_id=fields.is_cycle_id,
    ),
    Resource(
        name="sleeps",
        one="sleep",
        record=Sleep,
        path="/v2/activity/sleep",
        item="/v2/activity/sleep/{id}",
        scope="read:sleep",
        id_field="id",
        is_id=fields.is_uuid,
    ),
    Resource(
        name="workouts",
        one="workout",
        record=Workout,
        path="/v2/activity/workout",
        item="/v2/activity/workout/{id}",
        scope="read:workout",
        id_field="id",
        is_id=fields.is_uuid,
    ),
    Resource(
        name="profile",
        one="profile",
        record=Profile,
        path="/v2/user/profile/basic",
        item="/v2/user/profile/basic",
        scope="read:profile",
        id_field=None,
        is_id=lambda value: value == CURRENT,
        says=("email", "first_name", "last_name"),
    ),
    Resource(
        name="body_measurement",
        one="body measurement",
        record=BodyMeasurement,
        path="/v2/user/measurement/body",
        item="/v2/user/measurement/body",
        scope="read:body_measurement",
        id_field=None,
        is_id=lambda value: value == CURRENT,
        says=("height_meter", "weight_kilogram", "max_heart_rate"),
    ),
)

RESOURCES = {resource.name: resource for resource in _LIST}
COLLECTIONS = tuple(resource for resource in _LIST if resource.id_field is not None)
SNAPSHOTS = tuple(resource for resource in _LIST if resource.id_field is None)
CYCLES, RECOVERIES, SLEEPS, WORKOUTS, PROFILE, BODY = _LIST


def chosen(names: Iterable[str] | None) -> list[str]:
    """The names that a caller gives, each once, in the order of the table; all where it gives none.

    ValidationError on others.
    """
    wanted = list(names or RESOURCES)
    for name in wanted:
        if name not in RESOURCES:
            raise ValidationError(
                f"`resources` names something unknown: {name[:40]!r}.",
                hint=f"Choose from {', '.join(RESOURCES)}; leave it out for all.",
            )
    return [name for name in RESOURCES if name in wanted]


def with_parents(resource: Resource) -> tuple[Resource, ...]:
    """What has to be known for a resource to be: a recovery's times are its sleep's."""
    return (SLEEPS, RECOVERIES) if resource is RECOVERIES else (resource,)


CYCLE_SLEEP = "/v2/cycle/{id}/sleep"
"""Where WHOOP answers a cycle's main sleep."""
