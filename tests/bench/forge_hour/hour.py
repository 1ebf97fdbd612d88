"""One hour of one client: time goes from one due look, or change, to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import evolve, frozen

from .script import HOUR, Change
from .staleness import Staleness, View
from .world import World

#: Seconds without a change after which times are quiet.
_CALM = 2100.0


class Client(Protocol):
    """Something that looks at a world."""

    count: int

    async def tick(self) -> float:
        """Look once; when to look again (seconds since 1970)."""

    def cadence(self, pull: int) -> float:
        """Seconds between two looks at a pull request, as it is planned now."""

    def view(self, pull: int) -> View:
        """What is known of a pull request."""


@frozen
class Result:
    """What an hour took. ``bytes`` are those of bodies; ``unchanged`` of the requests were answered so (304)."""

    looks: int
    requests: int
    points: int
    unchanged: int
    bytes: int
    staleness: Staleness

    @property
    def worst(self) -> float:
        """The worst staleness of all signals, in ticks."""
        known = (*self.staleness.known, *self.staleness.never)
        return max(map(self.staleness.worst, known), default=0.0)


async def hour(world: World, client: Client, changes: Sequence[Change], seconds: float = HOUR) -> Result:
    """Let so many seconds of changes pass, after everything was looked at and has been quiet for long."""
    # Where times are in whole seconds, nothing that has just changed is known to be at rest.
    world.until(world.now + 2.0)
    await client.tick()
    world.until(world.now + _CALM)
    next_at = await client.tick()
    began, points, looks = world.now, world.points, client.count
    world.transport.reset()
    staleness = Staleness()
    waiting = list(changes)
    while True:
        change_at = began + waiting[0].at if waiting else float("inf")
        at = min(change_at, next_at)
        if at >= began + seconds:
            break
        world.until(max(at, world.now))
        if change_at <= next_at:
            change = waiting.pop(0)
            cadences = [client.cadence(number) for number in range(len(world.pulls))]
            for expected in world.happen(change):
                staleness.add(evolve(expected, at=world.now, cadence=cadences[expected.pull]))
        else:
            next_at = await client.tick()
            assert next_at > world.now
            staleness.look(world.now, client.view)
    staleness.end(began + seconds)
    counted = world.transport
    return Result(
        looks=client.count - looks,
        requests=counted.requests,
        points=world.points - points,
        unchanged=counted.unchanged,
        bytes=counted.bytes,
        staleness=staleness,
    )
