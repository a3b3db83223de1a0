"""The cascade in one process, people and worker in turn: for what needs no second process, and for hooks."""

from __future__ import annotations

from engine.bootstrap import open_door
from engine.door import Door
from engine.execution.poller import Poller
from tests.crash.director import Director
from tests.crash.players import Part, People


class Here:
    """A client and a worker on the director's database, who act in turn."""

    def __init__(self, director: Director) -> None:
        self.director = director
        self.door: Door = open_door(director.database, director.clock)
        self.poller = Poller(self.door)
        part = Part(role="client", url=director.url, folder=director.folder, cast=director.cast)
        self._people = People(door=self.door, part=part)

    def settle(self) -> None:
        """Do everything that is to be done at this moment."""
        while self.poller.drain() + self._people.look():
            pass

    def run(self, moments: int | None = None) -> None:
        """Settle moment after moment, until nothing will become due."""
        while True:
            self.settle()
            moments = None if moments is None else moments - 1
            with self.director.database.reading() as connection:
                following = self.director.following(connection)
            if following is None or moments == 0:
                return
            self.director.clock.set(following)
