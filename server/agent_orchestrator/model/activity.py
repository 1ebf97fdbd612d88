"""What was observed of an agent's turn, and what the agent does now: derived from the facts, never stored."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from agent_orchestrator.model.usage import RATE_LIMITED, Usage

# What a fact is about; the fields that each kind fills are at `Fact`.
STARTED, READY, ACCEPTED, WORKING, RETRYING = "started", "ready", "accepted", "working", "retrying"
ASKED, ANSWERED, DONE, INTERRUPTED = "asked", "answered", "done", "interrupted"
FAILED, USED, EXITED, UNKNOWN = "failed", "used", "exited", "unknown"
JOINED, LEFT, SAID = "joined", "left", "said"

# Where a fact comes from, weakest first: what is on the screen; the program's files about itself; its hooks; the
# protocol that it speaks with us; what the kernel says of its process.
SCREEN, FILES, HOOK, CHANNEL, PROCESS = "screen", "files", "hook", "channel", "process"
RANKS = {SCREEN: 0, FILES: 1, HOOK: 2, CHANNEL: 2, PROCESS: 3}

# What is asked.
PERMISSION, QUESTION, DIALOG = "permission", "question", "dialog"
# What an option does.
ALLOW, ALLOW_ALWAYS, DENY, DENY_ALWAYS, CHOICE = "allow", "allow-always", "deny", "deny-always", "choice"


#: With these the agent's turn is over, for now.
ENDS = (DONE, INTERRUPTED, FAILED, EXITED)
#: Who answered what was asked, where the configured rules did.
BY_RULES = "permissions"


@frozen
class Option:
    """One answer that an agent offers, by its own id and words. ``does``: one of the constants above."""

    id: str
    label: str
    does: str = CHOICE


@frozen
class Ask:
    """Something that an agent waits for.

    ``kind``: ``permission`` (``tool`` is the program's own name of what it would use, ``action`` what that is: ``run``,
    ``edit``, ``read``, ``fetch`` or ``other``; ``subjects`` the commands, paths or addresses), ``question`` (``text``
    is the question) or ``dialog`` (``text`` is what its screen shows).
    """

    id: str
    kind: str
    text: str
    options: tuple[Option, ...] = ()
    tool: str = ""
    action: str = ""
    subjects: tuple[str, ...] = ()
    #: May it be answered with words of one's own?
    free: bool = False

    def option(self, *does: str) -> Option | None:
        """The first option that does one of these, in the order given."""
        return next((option for one in does for option in self.options if option.does == one), None)


@frozen
class Fact:
    """One thing that was observed; ``at`` in seconds since 1970.

    ======== ==================================================================================================
    started  the program's process was started
    ready    it takes messages; ``text``: its version and model; ``conversation``: its id
    accepted it has taken the message ``message`` of ours, with the same text
    working  it works; ``text``: on what, in a few words
    retrying its service failed and it tries again; ``text``: why, ``until``: when, where it says so
    asked    it waits for ``ask``
    answered what it had asked, ``ask``'s id being ``message``, is answered; ``text``: with what
    done     its turn is over; ``text``: its last words; ``background``: what of it still runs by itself
    interrupted its turn was ended before it was done
    failed   its turn ended in an error; ``error``: as in :mod:`.usage`, ``text``: its words, ``until``: of a limit
    used     ``usage`` so far in this turn
    exited   its process is gone; ``code`` is its exit code, None where a signal ended it; ``text``: how
    unknown  it was looked for in vain; ``text``: what was tried
    joined   somebody has joined it with a screen of their own
    left     nobody is there any more
    said     who has joined it told it ``text``
    ======== ==================================================================================================
    """

    kind: str
    source: str = CHANNEL
    at: float = 0.0
    text: str = ""
    message: str = ""
    conversation: str = ""
    ask: Ask | None = None
    background: int = 0
    error: str = ""
    until: float = 0.0
    usage: Usage | None = None
    code: int | None = None


@frozen
class Activity:
    """What an agent does: ``state`` is one of ``working``, ``waiting``, ``idle``, ``error``; ``detail`` says it
    exactly.

    Details: ``starting``, ``working``, ``retrying``, ``rate-limited`` → working; ``permission``, ``question``,
    ``dialog`` → waiting; ``idle``, ``interrupted``, ``exited`` → idle; ``error``, ``crashed`` → error. ``text`` adds a
    few words.
    """

    state: str
    detail: str
    text: str = ""
    asks: tuple[Ask, ...] = ()
    until: float = 0.0
    #: The newest look at it gave no answer; what is said here is what was known before.
    unsure: bool = False


def activity(facts: Sequence[Fact], asks: Sequence[Ask] = ()) -> Activity:
    """What an agent does, by what was observed of its turn (oldest first) and what it asks that nobody answered yet.

    Invariant: weaker or older evidence never overrides stronger or newer, and a look that failed changes nothing. Of
    the program's hooks and its protocol the newest counts. Its files count only where they tell of an end that those do
    not report, as of an interrupted turn; its screen only while nothing else is known.
    """
    in_order = sorted(facts, key=lambda fact: fact.at)
    unsure = bool(in_order) and in_order[-1].kind == UNKNOWN
    telling = [fact for fact in in_order if fact.kind in _STATES]
    gone = [fact for fact in telling if fact.kind == EXITED and fact.source == PROCESS]
    current = gone[-1] if gone else _current(telling)
    if asks and (current is None or current.kind not in ENDS):
        text = asks[0].text or " ".join((asks[0].tool, *asks[0].subjects)).strip()
        return Activity("waiting", asks[0].kind, text, tuple(asks), unsure=unsure)
    if current is None:
        return Activity("working", "starting", unsure=unsure)
    state, detail = _STATES[current.kind]
    if current.kind == DONE and current.background:
        state, detail = "working", "background"
    if current.kind == FAILED and current.error == RATE_LIMITED:
        state, detail = "working", "rate-limited"
    if current.kind == EXITED and current.code != 0:
        state, detail = "error", "crashed"
    return Activity(state, detail, current.text, until=current.until, unsure=unsure)


def joined(facts: Sequence[Fact]) -> bool:
    """Is somebody at a screen of their own that shows the agent? By facts oldest first."""
    return next((fact.kind == JOINED for fact in reversed(facts) if fact.kind in (JOINED, LEFT)), False)


def held(facts: Sequence[Fact], interrupts: Sequence[object]) -> bool:
    """Does an agent whose turn is over wait for a person: one who has joined it, or who interrupted it in any way?

    ``interrupts`` are those that were asked for here.
    """
    visited = any(fact.kind == JOINED for fact in facts)
    return joined(facts) or (activity(facts).detail == "interrupted" and (bool(interrupts) or visited))


#: What each kind of fact says by itself. The kinds that are not here say nothing of what the agent does.
_STATES = {
    STARTED: ("working", "starting"),
    READY: ("working", "starting"),
    ACCEPTED: ("working", "working"),
    WORKING: ("working", "working"),
    ANSWERED: ("working", "working"),
    RETRYING: ("working", "retrying"),
    DONE: ("idle", "idle"),
    INTERRUPTED: ("idle", "interrupted"),
    FAILED: ("error", "error"),
    EXITED: ("idle", "exited"),
}


def _current(facts: Sequence[Fact]) -> Fact | None:
    """The fact that counts, of facts oldest first: the newest strong one, or a weaker one that may speak after it."""
    current: Fact | None = None
    for fact in facts:
        if current is None or RANKS[fact.source] >= RANKS[current.source] or _may_end(fact):
            current = fact
    return current


def _may_end(fact: Fact) -> bool:
    return fact.source == FILES and fact.kind in ENDS
