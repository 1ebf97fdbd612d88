"""Webhooks: what happens is noted as a delivery for each hook that wants it, signed, and sent when a test says so.

https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers.
The service does not send again by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import define, field

if TYPE_CHECKING:
    from .repository import Repository

#: Seconds that a receiver has.
PATIENCE = 10.0


@define(eq=False)
class Delivery:
    """One payload for one hook. ``status`` None until it was sent."""

    hook: Hook
    event: str
    action: str
    guid: str
    body: bytes
    id: int
    delivered_at: datetime
    status: int | None = None
    redelivery: bool = False

    @property
    def payload(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    def headers(self) -> dict[str, str]:
        """Those of the service; the signature only where the hook has a secret."""
        found = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/0000000",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": str(self.hook.id),
            "X-GitHub-Hook-Installation-Target-ID": str(self.hook.repository.id),
            "X-GitHub-Hook-Installation-Target-Type": "repository",
        }
        return found | ({"X-Hub-Signature-256": sign(self.hook.secret, self.body)} if self.hook.secret else {})

    def send(self) -> int:
        """Post it to the hook's address; the status that the receiver answered with, 502 where nobody did."""
        to = urlsplit(self.hook.url)
        connection = http.client.HTTPConnection(to.hostname or "", to.port, timeout=PATIENCE)
        try:
            connection.request("POST", to.path or "/", self.body, self.headers())
            self.status = connection.getresponse().status
        except OSError:
            self.status = 502
        finally:
            connection.close()
        return self.status


@define(eq=False)
class Hook:
    """Somebody who wants to know: ``events`` are their names, ``*`` all."""

    repository: Repository
    url: str
    secret: str = ""
    events: tuple[str, ...] = ("*",)
    active: bool = True
    id: int = 0
    node_id: str = ""
    created_at: datetime | None = None
    deliveries: list[Delivery] = field(factory=list)

    def wants(self, event: str) -> bool:
        """Whether it gets such events."""
        return self.active and ("*" in self.events or event in self.events)

    def note(self, event: str, payload: Mapping[str, Any]) -> Delivery:
        """A delivery that waits to be sent."""
        hub = self.repository.hub
        body = json.dumps(payload, ensure_ascii=False).encode()
        guid, action = str(uuid.UUID(int=hub.ids.number())), str(payload.get("action") or "")
        made = Delivery(self, event, action, guid, body, hub.ids.number(), hub.clock.now())
        self.deliveries.append(made)
        return made

    def waiting(self) -> list[Delivery]:
        """What was not sent yet, oldest first."""
        return [delivery for delivery in self.deliveries if delivery.status is None]

    def send(self) -> list[int]:
        """Send what waits; what the receiver answered."""
        return [delivery.send() for delivery in self.waiting()]

    def again(self, delivery: Delivery) -> Delivery:
        """Redeliver: the GUID stays."""
        hub = self.repository.hub
        made = Delivery(
            self,
            delivery.event,
            delivery.action,
            delivery.guid,
            delivery.body,
            hub.ids.number(),
            hub.clock.now(),
            redelivery=True,
        )
        self.deliveries.append(made)
        return made


def sign(secret: str, body: bytes) -> str:
    """``X-Hub-Signature-256``."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def announce(repository: Repository, event: str, action: str, things: Mapping[str, Any]) -> None:
    """Note what happened for every hook that wants it."""
    wanting = [hook for hook in repository.hooks if hook.wants(event)]
    if not wanting:
        return
    from .rest.payloads import payload  # The payloads are made of what REST answers, which knows repositories.

    made = payload(repository, event, action, things)
    for hook in wanting:
        hook.note(event, made)
