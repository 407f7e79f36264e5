"""The table of the six resources: all in which they differ, looped over or looked up elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..errors import ValidationError
from . import fields
from .fields import Malformed, Raw
from .records import BodyMeasurement, Cycle, Profile, Record, Recovery, Sleep, Workout, flat

CURRENT = "current"
"""The id of a snapshot, of which there is only the present one."""

R_co = TypeVar("R_co", bound=Record, covariant=True)


@dataclass(frozen=True, eq=False)
class ResourceOf(Generic[R_co]):
    """One kind of record: where WHOOP has it, what it becomes, and how it hangs on others."""

    name: str
    one: str  # a single record's kind, in words
    record: type[R_co]
    path: str  # of the collection, or of the snapshot
    item: str  # of one record, with {id}
    scope: str
    id_field: str = ""  # "": a snapshot
    read_id: Callable[[Raw, str], object] = fields.uuid
    cycle_field: str = ""  # which names the cycle that the record belongs to
    times_from: tuple[tuple[Resource, str], ...] = ()
    """What a record takes its times from, and the field that names it: the first that is held."""
    page_days: int = 23  # of records that come once a day, safely a page
    may_overlap: bool = False  # one activity may be there twice, from two devices
    says: tuple[str, ...] = ()  # the fields by which a snapshot is known
    names_user: bool = False  # whose account it is, WHOOP says here for certain

    @property
    def is_collection(self) -> bool:
        """Tell whether there are many of it, each with an id and a place in time."""
        return bool(self.id_field)

    @property
    def leader(self) -> Resource | None:
        """Find the resource whose windows this one shares; None where its times are its own."""
        return self.times_from[0][0] if self.times_from else None

    def key(self, raw: Raw) -> str:
        """Read the id as text. Malformed when it is missing or of the wrong type.

        A snapshot has none; what says nothing that it would say is no snapshot.
        """
        if self.id_field:
            return str(self.read_id(raw, self.id_field))
        if not any(name in raw for name in self.says):
            raise Malformed("it does not say what it is")
        return CURRENT

    def flatten(self, raw: Raw, parent: Raw | None = None) -> dict[str, Any]:
        """Make the flat record; `parent` is the raw record that its times are taken from.

        Malformed names the field that cannot be right.
        """
        return flat(self.record.from_api(raw, parent))

    def is_final(self, raw: Raw) -> bool:
        """Tell whether WHOOP is done with the record: scored or unscorable, and over."""
        runs = self.is_collection and not self.times_from
        over = not runs or raw.get("end") is not None
        return over and raw.get("score_state") != "PENDING_SCORE"


Resource = ResourceOf[Record]
"""A resource of whichever kind."""

CYCLES = ResourceOf(
    name="cycles",
    one="cycle",
    record=Cycle,
    path="/v2/cycle",
    item="/v2/cycle/{id}",
    scope="read:cycles",
    id_field="id",
    read_id=fields.cycle_id,
    cycle_field="id",
)
SLEEPS = ResourceOf(
    name="sleeps",
    one="sleep",
    record=Sleep,
    path="/v2/activity/sleep",
    item="/v2/activity/sleep/{id}",
    scope="read:sleep",
    id_field="id",
    cycle_field="cycle_id",
    page_days=18,  # naps come beside
)
RECOVERIES = ResourceOf(
    name="recoveries",
    one="recovery",
    record=Recovery,
    path="/v2/recovery",
    item="/v2/cycle/{id}/recovery",
    scope="read:recovery",
    id_field="cycle_id",
    read_id=fields.cycle_id,
    cycle_field="cycle_id",
    times_from=((SLEEPS, "sleep_id"), (CYCLES, "cycle_id")),
)
WORKOUTS = ResourceOf(
    name="workouts",
    one="workout",
    record=Workout,
    path="/v2/activity/workout",
    item="/v2/activity/workout/{id}",
    scope="read:workout",
    id_field="id",
    page_days=18,
    may_overlap=True,
)
PROFILE = ResourceOf(
    name="profile",
    one="profile",
    record=Profile,
    path="/v2/user/profile/basic",
    item="/v2/user/profile/basic",
    scope="read:profile",
    says=("email", "first_name", "last_name"),
    names_user=True,
)
BODY = ResourceOf(
    name="body_measurement",
    one="body measurement",
    record=BodyMeasurement,
    path="/v2/user/measurement/body",
    item="/v2/user/measurement/body",
    scope="read:body_measurement",
    says=("height_meter", "weight_kilogram", "max_heart_rate"),
)

COLLECTIONS: tuple[Resource, ...] = (CYCLES, RECOVERIES, SLEEPS, WORKOUTS)
SNAPSHOTS: tuple[Resource, ...] = (PROFILE, BODY)
RESOURCES: dict[str, Resource] = {
    resource.name: resource for resource in (*COLLECTIONS, *SNAPSHOTS)
}


def chosen(names: Iterable[str] | None) -> list[str]:
    """Check the names that a caller gives, and put them, each once, in the order of the table.

    All where there are none. ValidationError on names of no resource.
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
    """List what has to be known for a resource to be: whose windows it shares, and itself."""
    return (resource.leader, resource) if resource.leader else (resource,)


FOLLOWERS = {one.leader: one for one in COLLECTIONS if one.leader}
"""Which resource shares the windows of another, by that other."""

CYCLE_SLEEP = "/v2/cycle/{id}/sleep"
"""Where WHOOP answers a cycle's main sleep."""
