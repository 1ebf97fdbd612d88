"""GitHub as a whole: accounts, repositories, tokens, and the door that requests come in by."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from attrs import define, field, frozen

from ..refs import Git, Imagined
from ..wire.clock import Clock
from ..wire.double import Double
from ..wire.faults import Faults
from ..wire.message import Answer, Request
from ..wire.serve import Serving
from .apps import identify
from .hooks import Hook
from .ids import Ids
from .issue import Issue
from .ledger import HOUR, Ledger
from .people import Account, App
from .pull import Pull
from .repository import Repository
from .token import Token

PREFIX = {"User": "U", "Bot": "BOT", "Organization": "O", "Mannequin": "M"}


@frozen
class Asked:
    """A request that came, as a test counts it. ``points`` are of GraphQL, ``name`` that of the operation or route."""

    method: str
    path: str
    status: int
    points: int = 0
    name: str = ""
    bytes: int = 0


@define(eq=False)
class Hub(Double):
    """``hub = Hub(tmp_path)``; with no folder its repositories have no git below, only imagined commits."""

    folder: Path | None = None
    clock: Clock = field(factory=Clock)
    faults: Faults = field(factory=Faults)
    ids: Ids = field(factory=Ids)
    #: What a browser sees; the interfaces tell it in their answers.
    web: str = "https://github.com"
    #: Where logs and artifacts are, which must never see a token.
    blobs: str = "https://results.blobs.invalid"
    accounts: dict[str, Account] = field(factory=dict)
    apps: dict[str, App] = field(factory=dict)
    tokens: dict[str, Token] = field(factory=dict)
    repositories: dict[str, Repository] = field(factory=dict)
    #: Every request that came.
    asked: list[Asked] = field(factory=list)
    #: What a client did that the service would not forgive, or what the double can not do: a test ends with none.
    problems: list[str] = field(factory=list)
    #: Node id → (type, message): to ask for it is an error beside the rest of the data.
    broken: dict[str, tuple[str, str]] = field(factory=dict)
    #: The next GraphQL query is given up after so many fields at its root or ``nodes``.
    resources: int | None = None
    #: Whether a job's number is another than its check run's. On the service they are equal, which is not promised.
    job_ids_apart: bool = False
    ledger: Ledger = field(init=False)
    actor: Account = field(init=False)
    lock: threading.RLock = field(factory=threading.RLock)
    _blob: dict[str, tuple[bytes, str, float]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.ledger = Ledger(self.clock)
        self.actor = self.account("ao-user")

    # Who and what there is

    def account(self, login: Account | str, kind: str = "User") -> Account:
        """An account, made where it is not there; ``[bot]`` at the end makes it a bot."""
        if isinstance(login, Account):
            return login
        name = login.removesuffix("[bot]")
        if name not in self.accounts:
            made = Account(name, "Bot" if name != login else kind, name=name)
            made.id, made.node_id = self.ids.enter(PREFIX[made.kind], made)
            self.accounts[name] = made
        return self.accounts[name]

    def github_app(self, slug: str) -> App:
        """An app with its bot, made where it is not there."""
        if slug not in self.apps:
            made = App(slug, slug.replace("-", " ").title())
            made.id, made.node_id = self.ids.enter("A", made)
            self.apps[slug] = made
            self.account(f"{slug}[bot]")
        return self.apps[slug]

    def token(self, login: str = "ao-user", *, scopes: tuple[str, ...] | None = ("repo", "workflow")) -> str:
        """A new token of a user; without ``scopes`` a fine-grained one."""
        made = f"{'ghp' if scopes is not None else 'github_pat'}_{login}{self.ids.number():x}"
        self.tokens[made] = Token(self.account(login), login, scopes)
        return made

    def installation_token(self, slug: str) -> str:
        """A new token of an app's installation, for an hour. Its requests are counted apart from those of users."""
        app, made = self.github_app(slug), f"ghs_{slug}{self.ids.number():x}"
        until = self.clock.now() + HOUR
        self.tokens[made] = Token(self.account(f"{slug}[bot]"), f"installation of {slug}", None, app, until)
        return made

    def whose(self, token: str) -> Token | None:
        """Who a token acts for; None where it never was, or is no longer good."""
        found = self.tokens.get(token) or identify(self, token)
        return None if found and found.until and found.until <= self.clock.now() else found

    def repository(self, name: str = "acme/shop", *, owner: str = "Organization") -> Repository:
        """A repository, made where it is not there, with a first commit; below a folder with real git."""
        if name not in self.repositories:
            login, _, short = name.partition("/")
            refs = Git.make(self.folder / f"{name}.git", "main") if self.folder else Imagined()
            made = Repository(self, self.account(login, owner), short, refs, self.clock.now())
            made.id, made.node_id = self.ids.enter("R", made)
            made.permissions[self.actor.login] = "admin"
            self.repositories[name] = made
            made.commit("main", "Begin", {"README.md": f"# {short}\n"})
            made.sync()
        return self.repositories[name]

    @property
    def only(self) -> Repository:
        """The repository of a hub that has one."""
        return self.repository(next(iter(self.repositories), "acme/shop"))

    @property
    def pull(self) -> Callable[..., Pull]:
        """A new pull request in the only repository."""
        return self.only.pull

    @property
    def issue(self) -> Callable[..., Issue]:
        """A new issue in the only repository."""
        return self.only.issue

    def hook(
        self, url: str, secret: str = "", events: tuple[str, ...] = ("*",), repository: Repository | None = None
    ) -> Hook:
        """A new webhook."""
        made = Hook(repository or self.only, url, secret, events, created_at=self.clock.now())
        made.id, made.node_id = self.ids.enter("H", made)
        made.repository.hooks.append(made)
        return made

    def sync(self) -> None:
        """See what was pushed to any repository."""
        for repository in self.repositories.values():
            repository.sync()

    # Logs and artifacts, behind addresses that are good for a minute

    def blob(self, content: bytes, kind: str) -> str:
        """Where it can be got from; without a token."""
        key = f"{self.ids.number():x}"
        self._blob[key] = (content, kind, self.clock.now().timestamp() + 60)
        return f"{self.blobs}/{key}?sig={key[::-1]}"

    def fetch_blob(self, request: Request) -> Answer:
        """What is there."""
        content, kind, until = self._blob.get(request.path.strip("/"), (b"", "", 0.0))
        if "authorization" in request.headers:
            self.problems.append(f"a token was sent to another host: {request.url}")
            return Answer(
                400, b"<Error><Code>InvalidAuthenticationInfo</Code></Error>", {"content-type": "application/xml"}
            )
        if self.clock.now().timestamp() > until:
            return Answer(403, b"<Error><Code>AuthenticationFailed</Code></Error>", {"content-type": "application/xml"})
        return Answer(200, content, {"content-type": kind})

    # Serving

    def on_socket(self, path: Path) -> AbstractContextManager[Serving]:
        """On a unix socket, for ``http_unix_socket`` of real ``gh``."""
        return Serving(self.asgi, path=path)

    def on_port(self, port: int = 0) -> AbstractContextManager[Serving]:
        """On a loopback port, as an Enterprise server: ``URL/api/v3``, ``URL/api/graphql``, ``URL/owner/name.git``."""
        return _Served(self, port)

    def handle(self, request: Request) -> Answer:
        """Answer one request, one after the other."""
        with self.lock:
            return super().handle(request)

    def enter(self, request: Request) -> Answer:
        """By the door, which knows both interfaces, which know the hub."""
        from .door import enter

        return enter(self, request)

    def count(self, resource: str = "graphql") -> int:
        """What was spent of a resource by everybody, this hour and before: points, or requests that were not free."""
        if resource == "graphql":
            return sum(asked.points for asked in self.asked)
        return sum(1 for asked in self.asked if asked.status != 304 and not asked.points)


class _Served(Serving):
    """On two ports: the second is for blobs, so that a redirect goes to another host."""

    def __init__(self, hub: Hub, port: int) -> None:
        super().__init__(hub.asgi, port=port)
        self._hub, self._others = hub, Serving(hub.asgi)

    def __enter__(self) -> _Served:
        self._before = self._hub.web, self._hub.blobs
        self._hub.web, self._hub.blobs = self.url, self._others.url
        self._others.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *how: object) -> None:
        self._others.__exit__(*how)  # type: ignore[arg-type]
        super().__exit__(*how)  # type: ignore[arg-type]
        self._hub.web, self._hub.blobs = self._before
