"""What a key of a control panel does: the director's own commands, and no rule of its own.

A panel knows no run and no revision: it presses "open", and here that is the
run under way, the next segment, the preview. What needs a second person is
refused, since a key is nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livevote.core import command as cmd
from livevote.core.model import Episode, Run
from livevote.core.plain import from_plain, snake, to_plain
from livevote.errors import BadInput, NotAllowed, NotFound, WrongPhase
from livevote.hub.hub import Hub
from livevote.hub.presses import Presses
from livevote.hub.roles import DIRECTOR, check_command
from livevote.hub.studio import Studio

ID_MAX = 100


@dataclass(frozen=True)
class Press:
    """One press. held: the key was held down, as for what cannot be taken back. kind: a graphic.
    segment: whose, "" for the current one. by_ms: for extend."""

    action: str
    held: bool = False
    kind: str = ""
    segment: str = ""
    by_ms: int = 15_000


@dataclass(frozen=True)
class Action:
    """make: the command, for the episode as it is. held: only by holding the key, as in the
    director's page."""

    make: Callable[[Episode, Press], cmd.Command]
    held: bool = False


def _under_way(episode: Episode) -> Run:
    run = episode.run_under_way
    if run is None:
        raise WrongPhase("no run is under way; arm one first")
    return run


def _shown(episode: Episode) -> Run:
    run = episode.run_shown
    if run is None:
        raise WrongPhase("no run is shown")
    return run


def _beside(episode: Episode, step: int) -> str:
    place = episode.position(episode.current) + step
    if not 1 <= place <= len(episode.segments):
        raise NotFound("there is no segment on that side of the current one", where="segment")
    return episode.segments[place - 1].id


ACTIONS: dict[str, Action] = {
    "arm": Action(lambda e, p: cmd.Arm(p.segment or e.current), held=True),
    "open": Action(lambda e, p: cmd.Open(_under_way(e).id), held=True),
    "extend": Action(lambda e, p: cmd.Extend(_under_way(e).id, p.by_ms)),
    "pause": Action(lambda e, p: cmd.Pause(_under_way(e).id)),
    "resume": Action(lambda e, p: cmd.Resume(_under_way(e).id)),
    "close": Action(lambda e, p: cmd.Close(_under_way(e).id), held=True),
    "reveal": Action(lambda e, p: cmd.Reveal(_shown(e).id), held=True),
    "next": Action(lambda e, p: cmd.ChooseSegment(_beside(e, 1))),
    "prev": Action(lambda e, p: cmd.ChooseSegment(_beside(e, -1))),
    "cue": Action(lambda e, p: cmd.Cue(p.kind, p.segment)),
    "take": Action(lambda e, p: cmd.Take(p.kind, p.segment)),
    "out": Action(lambda e, p: cmd.Out(p.kind)),
    "blank": Action(lambda e, p: cmd.Blank()),
    "restore": Action(lambda e, p: cmd.Restore()),
}

_TWO = "this takes a second person with an account of their own: do it on the director's page"
PEOPLE_ONLY = {
    "verify": "a verifier confirms the recount with an account of their own",
    "ask_void": _TWO,
    "confirm_void": _TWO,
    "void": _TWO,
    "ask_correction": _TWO,
    "confirm_correction": _TWO,
}


def check(press: Press) -> Action:
    """Raises NotAllowed or NotFound for what no key may do, and for a key that was not held."""
    if press.action in PEOPLE_ONLY:
        raise NotAllowed(PEOPLE_ONLY[press.action])
    action = ACTIONS.get(press.action)
    if action is None:
        raise NotFound(f"actions are {', '.join(ACTIONS)}", where="action")
    if action.held and not press.held:
        raise NotAllowed(f"{press.action} is for a key that is held: send held with a long press")
    return action


class Control:
    """The hub's side of all keys. One per process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._presses = Presses(hub.store, hub.clock.now_ms)
        hub.company.calls["press"] = self._asked

    async def press(self, studio: Studio, press: Press, key: str, by: str, id: str = "") -> int:
        """Carry out a press; the new revision. key: whose ids these are; by: as the log names
        it. id "": a press of its own. Raises the command's Refusal."""
        check(press)
        if len(id) > ID_MAX:
            raise BadInput(f"at most {ID_MAX} characters", where="id")
        episode = studio.episode.id
        if not self._hub.company.leads:
            plain = to_plain(press)
            return int(await self._hub.at_leader(episode, "press", episode, plain, key, by, id))

        async def act() -> int:
            # Made when its turn comes, from the episode as it is then.
            command = check(press).make(studio.episode, press)
            check_command(snake(type(command).__name__), frozenset({DIRECTOR}))
            return await self._hub.command(studio, command, by)

        if not id:
            return await act()
        return await self._presses.once(key, id, f"{episode} {to_plain(press)}", act)

    async def _asked(self, episode: str, press: dict[str, Any], key: str, by: str, id: str) -> int:
        studio = self._hub.studio(episode)
        return await self.press(studio, from_plain(Press, press), key, by, id)
