"""The keys about forges and trackers: `scm`, `tracker`, `intake` and `webhooks`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from agent_orchestrator.model.config_agents import AGENT
from agent_orchestrator.model.config_kinds import Choice, Flag, Folder, Integer, Many, Name, Scalar, Section, Text, key

#: What the text of a pull request may name.
BODY_FIELDS = ("fixes", "issue", "summary", "proof", "session")
SCM = Name("scm", ("github", "gitlab"))
TRACKER = Name("tracker", ("github", "gitlab", "linear"))
_SERVER = Text(r"https?://[^/\s@?#]+(?::[0-9]+)?/?", "an address without a path, such as https://git.example.com")


@frozen(kw_only=True)
class AppConfig:
    """A GitHub App as which a project's forge is asked."""

    id: str = field(default="", metadata=key(Scalar(), "The app's client id, or its number.", required=True))
    private_key: Path = field(
        default=Path(),
        metadata=key(
            Folder(file=True),
            "The file with the app's private key (PEM). It is read when a token is needed, and copied nowhere.",
            required=True,
            wire="key",
        ),
    )
    installation: int | None = field(
        default=None,
        metadata=key(
            Integer(1), "The number of the app's installation.", default="that of the repository, which is asked for"
        ),
    )


@frozen(kw_only=True)
class ScmConfig:
    """Where the project's pull requests and its CI are."""

    plugin: str | None = field(
        default=None, metadata=key(SCM, "What kind of forge it is.", default="by the host of the remote `origin`")
    )
    url: str | None = field(
        default=None,
        metadata=key(_SERVER, "The forge's address, where it is not the remote's.", default="the remote `origin`"),
    )
    rerun: int = field(
        default=1,
        metadata=key(
            Integer(),
            "How often failed jobs of a commit are run again before anybody is woken: what passes then is flaky.",
        ),
    )
    trusted: tuple[str, ...] = field(
        default=(),
        metadata=key(
            Many(Text(r"[^\s@]+", "a login")),
            "People whose comments reach agents though they may not push.",
        ),
    )
    bots: tuple[str, ...] = field(
        default=(),
        metadata=key(
            Many(Text(r"[^\s@\[\]]+", "the name of an app, without [bot]")),
            "Apps whose comments reach agents, by their exact names. No other program's do.",
        ),
    )
    draft: bool = field(default=False, metadata=key(Flag(), "Open pull requests as drafts."))
    claim: bool = field(
        default=False,
        metadata=key(
            Flag(),
            "Open a draft pull request as soon as work on failures or an issue begins: the team sees it, and no other "
            "fleet begins the same.",
        ),
    )
    labels: tuple[str, ...] = field(
        default=(), metadata=key(Many(Text()), "Labels of the pull requests that are opened.")
    )
    body: str | None = field(
        default=None,
        metadata=key(
            Text(),
            "What the pull requests that are opened say of themselves; "
            + ", ".join(f"`{{{{{name}}}}}`" for name in BODY_FIELDS)
            + " are filled in.",
            default="all of these, a paragraph each",
        ),
    )
    app: AppConfig | None = field(
        default=None,
        metadata=key(
            Section(AppConfig),
            "A GitHub App that pull requests and issues are read and written as, in place of your account. It needs "
            "`agent-orchestrator[app]`. Branches are pushed with your own account.",
            default="none: your own account",
        ),
    )


@frozen(kw_only=True)
class TrackerConfig:
    """Where the project's issues are."""

    plugin: str | None = field(
        default=None, metadata=key(TRACKER, "What kind of tracker it is.", default="`defaults.tracker`, else the forge")
    )
    url: str | None = field(
        default=None, metadata=key(_SERVER, "The tracker's address.", default="the forge's, or Linear's own")
    )
    team: str | None = field(
        default=None,
        metadata=key(
            Text(r"[A-Za-z][A-Za-z0-9_]{0,19}", "a team's key, such as ENG"), "The team in Linear.", default="none"
        ),
    )
    comment: bool = field(
        default=False, metadata=key(Flag(), "Say at the issue when work on it begins, lands or is given up.")
    )
    move: bool = field(
        default=False, metadata=key(Flag(), "Move the issue to started when work on it begins, to done when it lands.")
    )
    review: str | None = field(
        default=None,
        metadata=key(
            Text(r"[^\s,]([^,]*[^\s,])?", "a label or a state, without commas"),
            "What says that an issue's pull request is open: at GitHub and GitLab this label, until the work lands or "
            "is given up; in Linear the state of this name, of the type started.",
            default="in Linear, with `move`, the state named like a review, where the team has one such; else none",
        ),
    )
    claim: str = field(
        default="none",
        metadata=key(
            Choice(("none", "label", "assignee")),
            "How the team sees that an issue is worked on: by the label `ao`, or by assigning it to your account. "
            "Issues that bear that sign of others are not taken by themselves.",
        ),
    )


#: (section, key of the original tool) → what is to be written here.
OTHERWISE: Mapping[tuple[str, str], str] = {
    ("tracker", "teamId"): "here a team is named by the letters before the numbers of its issues: `team: ENG`"
}


@frozen(kw_only=True)
class IntakeConfig:
    """Which issues agents are given by themselves."""

    label: str | None = field(default=None, metadata=key(Text(), "Issues with this label.", default="none"))
    assignee: str | None = field(
        default=None, metadata=key(Text(r"\S+", "a login, or @me"), "Issues of this person.", default="none")
    )
    most: int = field(default=1, metadata=key(Integer(1, 20), "How many are worked on at one time.", wire="max"))
    agent: str | None = field(
        default=None, metadata=key(AGENT, "The agent that gets them.", default="`defaults.agent`")
    )


@frozen(kw_only=True)
class WebhooksConfig:
    """How a forge tells of changes before it is asked."""

    secret_env: str | None = field(
        default=None,
        metadata=key(
            Text(r"[A-Z_][A-Z0-9_]*", "the name of a variable"),
            "The environment variable with the secret that the forge signs with.",
            default="none",
            planned=True,
        ),
    )
