"""What became of pledges and questions, as the open record may say it: of the ledger and the desk
only what anyone may read. Accounts, files and people's words stay behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from livevote.core.case import Author, Case, Desk, Rating, Target, Unit
from livevote.core.pledge import Pledge, State, days_late, standing
from livevote.errors import Busy
from livevote.export.delivery import Delivery, DeskFact, PledgeFact, PledgeStep, ThreadFact
from livevote.hub.hub import Hub


class Delivered:
    """Call it with a show's id."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        # Many read an episode's record at the same moment; the desk changes seldom.
        self._threads: tuple[Desk | None, Threads] = (None, {})

    def __call__(self, show: str) -> Delivery:
        ledger, desk = self._hub.ledger.state, self._hub.desk.now
        pledges = tuple(
            self._pledge(pledge)
            for pledge in ledger.pledges.values()
            if pledge.origin.show == show and pledge.state is not State.WITHDRAWN
        )
        # The desk is the whole server's: every show says how its units answer.
        questions = (of_unit(unit, desk.cases.values()) for unit in desk.units)
        return Delivery(pledges, tuple(fact for fact in questions if fact.accepted))

    def threads(self, episode: str) -> Mapping[str, tuple[ThreadFact, ...]]:
        """The questions of citizens that its segments asked, those with a public thread. While the
        desk is being read none: the record of votes does not wait for it."""
        try:
            desk = self._hub.desk.now
        except Busy:
            return {}
        if self._threads[0] is not desk:
            self._threads = (desk, _threads(desk))
        return self._threads[1].get(episode, {})

    def _pledge(self, pledge: Pledge) -> PledgeFact:
        today, calendar = self._hub.ledger.today, self._hub.ledger.state.calendar
        return PledgeFact(
            id=pledge.id,
            number=pledge.number,
            unit=pledge.unit,
            post=pledge.post,
            text=pledge.text,
            target=pledge.target,
            made=pledge.made_day,
            due=pledge.due,
            state=standing(pledge, today, calendar).value,
            earlier=pledge.dues,
            days_late=days_late(pledge, today, calendar),
            episode=pledge.origin.episode,
            segment=pledge.origin.segment,
            steps=tuple(
                PledgeStep(step.day, step.move.value, step.note, step.due) for step in pledge.steps
            ),
            made_ms=pledge.origin.at_ms,
            changed_ms=pledge.steps[-1].at_ms if pledge.steps else pledge.origin.at_ms,
        )


# Episode → segment → what it asked.
Threads = dict[str, dict[str, tuple[ThreadFact, ...]]]


def _threads(desk: Desk) -> Threads:
    found: Threads = {}
    for case in desk.cases.values():
        for made in case.promotions if case.public else ():
            if made.to is Target.SHOW:
                asked = found.setdefault(made.episode, {})
                fact = ThreadFact(case.id, case.shown_title)
                asked[made.id] = (*asked.get(made.id, ()), fact)
    return found


def of_unit(unit: Unit, cases: Iterable[Case]) -> DeskFact:
    """A case counts where it stands now; by its first answer, whether that was in time."""
    taken = [case for case in cases if case.unit == unit.id and case.accepted_ms]
    answers = [
        next((post for post in case.posts if post.author is Author.UNIT), None) for case in taken
    ]
    firsts = [answer for answer in answers if answer]
    ratings = [case.rating for case in taken]
    return DeskFact(
        unit.name,
        len(taken),
        len(firsts),
        sum(not answer.late for answer in firsts),
        ratings.count(Rating.SATISFIED),
        ratings.count(Rating.FAIR),
        ratings.count(Rating.UNSATISFIED),
    )
