"""Between shows: where pledges and questions touch episodes.

The ledger and the desk know no episode, and an episode knows neither: what makes a pledge of what
was spoken in a segment, a show's question of a citizen's case, or a look-back of a pledge, is here.
A rehearsal leaves nothing in either.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from livevote.core import command as cmd
from livevote.core import event as ev
from livevote.core import ledger as book
from livevote.core.case import Case, Promise, Target
from livevote.core.desk import PromoteCase, check_promotion, find
from livevote.core.model import Episode, Segment
from livevote.core.names import Names
from livevote.core.plain import ledger_command_from_plain, snake, to_plain
from livevote.core.pledge import Delivery, Origin, Pledge, deliveries
from livevote.errors import BadInput, NotFound
from livevote.hub import view
from livevote.hub.ledger import LOG as LEDGER
from livevote.hub.lookback import look_back
from livevote.hub.roles import PRODUCER
from livevote.hub.studio import Studio

if TYPE_CHECKING:
    from livevote.hub.hub import Hub


class Promises:
    """One per hub. Commands to the ledger go through here, since a pledge comes out of a show."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        hub.company.calls["ledger"] = self._ledger_asked

    # --- the ledger ---

    async def to_ledger(self, command: book.Command, by: str, role: str) -> int:
        """Carry out a command to the ledger; its new revision. Raises its Refusal."""
        company = self._hub.company
        if not company.leads:
            name = snake(type(command).__name__)
            args = name, to_plain(command), by, role
            return int(await self._hub.at_leader(LEDGER, "ledger", *args))
        if isinstance(command, book.Make):
            command = book.Make(await self._with_origin(command.pledge))
        revision = await self._hub.ledger.command(command, by, role)
        await self._show_deliveries()
        await company.hurry(LEDGER)
        return revision

    async def _ledger_asked(self, name: str, args: dict[str, Any], by: str, role: str) -> int:
        return await self.to_ledger(ledger_command_from_plain(name, args), by, role)

    async def read_ledger(self) -> None:
        """What the leader wrote."""
        if await self._hub.ledger.load():
            await self._show_deliveries()

    async def _show_deliveries(self) -> None:
        """The ledger changed: screens that show its ranking see it at once."""
        for studio in list(self._hub.studios.values()):
            if view.shows_deliveries(studio.episode):
                await self._hub.show_state(studio, ("staff", "overlay"))

    def deliveries(self, episode: Episode) -> tuple[Delivery, ...]:
        """The ranking of this show's units by delivery, for a screen that shows it."""
        if not view.shows_deliveries(episode):
            return ()
        show = self._hub.catalogue.state.episode(episode.id).show
        ledger = self._hub.ledger.state
        pledges = (p for p in ledger.pledges.values() if p.origin.show == show)
        return deliveries(pledges, self._hub.ledger.today, ledger.calendar)

    def look_back(self, pledge_id: str) -> Segment:
        """The segment that looks back on a pledge. Raises NotFound."""
        ledger = self._hub.ledger.state
        pledge = ledger.pledge(pledge_id)
        made_in = self._hub.studios.get(pledge.origin.episode)
        return look_back(
            secrets.token_hex(4),
            pledge,
            self._hub.ledger.today,
            ledger.calendar,
            made_in.episode if made_in else None,
        )

    async def _with_origin(self, pledge: Pledge) -> Pledge:
        """With an id (one of a case has it), and with what the server knows of where it was
        spoken: the show, the run, and when its first words were typed. Raises NotFound, or
        BadInput for a rehearsal."""
        pledge = replace(pledge, id=pledge.id or secrets.token_hex(6))
        origin = pledge.origin
        if not origin.episode:
            now_ms = self._hub.clock.now_ms()
            return replace(pledge, origin=Origin(at_ms=now_ms, timecode=origin.timecode))
        studio = self._hub.studio(origin.episode)
        _real(studio)
        if studio.episode.segment(origin.segment) is None:
            raise NotFound("that segment is not in the rundown", where="pledge.origin.segment")
        run = studio.episode.run_of(origin.segment)
        return replace(
            pledge,
            origin=replace(
                origin,
                show=self._hub.catalogue.state.episode(origin.episode).show,
                run=run.id if run else "",
                at_ms=await self._spoken_ms(studio, origin.segment),
            ),
        )

    async def _spoken_ms(self, studio: Studio, segment: str) -> int:
        for logged in await studio.director.history():
            match logged.event:
                case ev.SegmentEdited(edited) if edited.id == segment and edited.pledge:
                    return logged.at_ms
        return self._hub.clock.now_ms()

    # --- the question desk ---

    async def question(self, studio: Studio, case_id: str, text: str, segment: str, by: str) -> str:
        """Make a show's question of a case: of a segment that is there, or ("") of a new one of the
        case's unit; the segment's id. text: as it is to be asked on air, "" for the case's title.
        Raises its Refusal."""
        desk = self._hub.desk.now
        case = find(desk, case_id)
        episode = studio.episode
        _real(studio)
        check_promotion(case, Target.SHOW, episode.id)
        asked = text.strip() or case.shown_title or case.title
        found = episode.segment(segment or case_id)
        unit = desk.unit(case.unit)
        if segment and not found:
            raise NotFound("that segment is not in the rundown", where="segment")
        if found:  # also where we were stopped between the segment and the case
            edited = cmd.EditSegment(replace(found, question=asked))
            await self._hub.command(studio, edited, by)
        elif unit:
            new = Segment(case_id, unit.name, Names(case.handler, ""), question=asked)
            await self._hub.command(studio, cmd.InsertSegment(new), by)
        made = segment or case_id
        await self._hub.desk.command(PromoteCase(case_id, Target.SHOW, made, episode.id), by)
        return made

    async def pledge(self, case_id: str, promise: Promise, by: str) -> str:
        """Make a pledge of a case, under the case's number, so that whoever was stopped between
        the two finds it made; its id. Raises its Refusal."""
        desk, ledger = self._hub.desk, self._hub.ledger
        case = find(desk.now, case_id)
        unit = desk.now.unit(case.unit)
        check_promotion(case, Target.PLEDGE)
        if unit is None:
            raise NotFound("this unit is not asked any more", where="case")
        if case.id not in ledger.state.pledges:
            pledge = Pledge(
                case.id,
                unit.name,
                promise.text,
                promise.due,
                post=Names(case.handler),
                target=promise.target,
                question=case.shown_title or case.title,
                origin=self._asked_in(case),
            )
            await self.to_ledger(book.Make(pledge), by, PRODUCER)
        await desk.command(PromoteCase(case_id, Target.PLEDGE, case.id), by)
        return case.id

    def _asked_in(self, case: Case) -> Origin:
        """The segment in which the case was the show's question, where that is still there."""
        for made in reversed(case.promotions):
            studio = self._hub.studios.get(made.episode)
            if made.to is Target.SHOW and studio and studio.episode.segment(made.id):
                return Origin(episode=made.episode, segment=made.id)
        return Origin()


def _real(studio: Studio) -> None:
    if studio.episode.rehearsal_of:
        raise BadInput("a rehearsal leaves nothing in the ledger and at the desk", where="episode")
