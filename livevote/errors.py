"""Refusals and failures.

    LivevoteError
    ├── Refusal            told to the one who asked; life goes on
    │   ├── BadInput       what was sent is wrong (says where)
    │   ├── NotSignedIn, NotAllowed, NotFound
    │   ├── WrongPhase, RevisionMismatch
    │   ├── Busy, StoreDown             come back later
    │   └── BallotRefusal  one class per answer a voter can get
    └── Failure            stops what was started; never guessed around
        ├── StartRefused   the operator must act
        └── StoreNonsense  the store answered something we do not know

Every refusal has a wire `code` and says whether the same request may be
sent `again`. PROTOCOL.md prints this table; a test holds the two together.
"""

from __future__ import annotations

from typing import ClassVar


class LivevoteError(Exception):
    """Anything livevote raises on purpose. The message is one line, for people."""


class Refusal(LivevoteError):
    """Told to the one who asked. `again`: the same request may succeed later, unchanged."""

    code: ClassVar[str] = "refused"
    again: ClassVar[bool] = False
    http_status: ClassVar[int] = 400

    def __init__(self, message: str = "", *, where: str = "", retry_after_ms: int = 0) -> None:
        super().__init__(message or (self.__doc__ or self.code).splitlines()[0])
        self.where = where
        self.retry_after_ms = retry_after_ms


class BadInput(Refusal):
    """What was sent is not understood; `where` names the place."""

    code = "bad_input"


class NotSignedIn(Refusal):
    """Sign in first."""

    code = "not_signed_in"
    http_status = 401


class NotAllowed(Refusal):
    """Your role may not do this."""

    code = "not_allowed"
    http_status = 403


class NotFound(Refusal):
    """There is no such thing."""

    code = "not_found"
    http_status = 404


class WrongPhase(Refusal):
    """The run is not in a phase that allows this move."""

    code = "wrong_phase"
    http_status = 409


class RevisionMismatch(Refusal):
    """Somebody else changed the episode first; look again, then decide."""

    code = "revision_mismatch"
    http_status = 409


class Busy(Refusal):
    """Too much at once; send it again after retry_after_ms."""

    code = "busy"
    again = True
    http_status = 503


class StoreDown(Refusal):
    """The store does not answer; nothing is lost on your side, send it again."""

    code = "store_down"
    again = True
    http_status = 503


class WorkNeeded(Refusal):
    """A viewer's cookie costs some work here: get a challenge, solve it, send the solution."""

    code = "work_needed"
    http_status = 403


class BadWork(Refusal):
    """This solution is not taken; `where` says why. Get a new challenge."""

    code = "bad_work"
    http_status = 403


class NotYet(Refusal):
    """The next checkpoint will cover this ballot; ask again."""

    code = "not_yet"
    again = True
    http_status = 503


class BadReceipt(Refusal):
    """This receipt does not fit the log: run, number and receipt do not belong together."""

    code = "bad_receipt"
    http_status = 403


class LogDiffers(Refusal):
    """The log of this run differs from what was signed before; nothing can be proven of it."""

    code = "log_differs"
    http_status = 409


class BallotRefusal(Refusal):
    """A ballot that was not counted."""

    http_status = 409


class Late(BallotRefusal):
    """The vote was closed before this ballot reached the server."""

    code = "late"


class NotOpen(BallotRefusal):
    """This run is not open."""

    code = "not_open"


class Paused(BallotRefusal):
    """Voting is paused; the ballot may be sent again when it goes on."""

    code = "paused"
    again = True


class SeqConflict(BallotRefusal):
    """This sequence number was already used for another value."""

    code = "seq_conflict"


class SeqStale(BallotRefusal):
    """A newer ballot of this voter is already counted."""

    code = "seq_stale"


class Final(BallotRefusal):
    """The rules allow one choice and it was already counted."""

    code = "final"


class BadValue(BallotRefusal):
    """This value is not on the scale."""

    code = "bad_value"
    http_status = 400


class NotEligible(BallotRefusal):
    """No panel of this run takes your ballot."""

    code = "not_eligible"
    http_status = 403


class Failure(LivevoteError):
    """Stops what was started."""


class StartRefused(Failure):
    """livevote will not start like this; the message says what to do."""


class StoreNonsense(Failure):
    """The store answered something this release does not know. Votes are never guessed."""


def refusals() -> list[type[Refusal]]:
    """Every refusal with a code of its own, in the order of this file."""
    found: list[type[Refusal]] = []

    def walk(cls: type[Refusal]) -> None:
        for sub in cls.__subclasses__():
            if "code" in sub.__dict__:
                found.append(sub)
            walk(sub)

    walk(Refusal)
    return found
