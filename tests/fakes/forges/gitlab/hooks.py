"""Webhooks: https://docs.gitlab.com/user/project/integrations/webhooks/. Noted, and sent when a test says so.

Two ways to know that one is GitLab's: the plain secret in ``X-Gitlab-Token``, and the signature of Standard Webhooks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

from attrs import define, field, frozen

from ..wire.clock import Clock, iso
from .merge_request import Issue, MergeRequest, Note
from .pipeline import Pipeline


@frozen
class Delivery:
    """One payload."""

    event: str
    body: bytes
    headers: dict[str, str]

    @property
    def payload(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@define(eq=False)
class Hook:
    """Somebody who wants to know everything; ``signing``: the key that deliveries are signed with."""

    clock: Clock
    url: str
    token: str = ""
    signing: str = ""
    deliveries: list[Delivery] = field(factory=list)

    def note(self, event: str, kind: str, thing: Issue | Pipeline, note: Note | None) -> Delivery:
        """A delivery that waits."""
        body = json.dumps(payload(kind, thing, note)).encode()
        id, moment = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{len(self.deliveries)} {self.url}")), self.clock.now()
        headers = {"Content-Type": "application/json", "X-Gitlab-Event": event, "X-Gitlab-Event-UUID": id}
        headers["Idempotency-Key"] = id
        if self.token:
            headers["X-Gitlab-Token"] = self.token
        if self.signing:
            at = str(int(moment.timestamp()))
            signed = hmac.new(self.signing.encode(), f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
            signature = f"v1,{base64.b64encode(signed).decode()}"
            headers |= {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature}
        self.deliveries.append(Delivery(event, body, headers))
        return self.deliveries[-1]


def payload(kind: str, thing: Issue | Pipeline, note: Note | None) -> dict[str, Any]:
    """What a receiver needs: what it is about, by its numbers."""
    project = {"id": thing.project.id, "path_with_namespace": thing.project.path}
    told: dict[str, Any] = {"object_kind": kind, "project": project}
    own = {"id": thing.id, "iid": thing.iid, "updated_at": iso(thing.updated_at)}
    match thing:
        case Pipeline():
            return told | {"object_attributes": own | {"sha": thing.sha, "ref": thing.ref, "status": thing.status}}
        case MergeRequest():
            own |= {"state": thing.state, "last_commit": {"id": thing.sha}, "source_branch": thing.source}
    if note is not None:
        name = "merge_request" if isinstance(thing, MergeRequest) else "issue"
        return told | {"object_attributes": {"id": note.id, "note": note.body, "system": note.system}, name: own}
    return told | {"object_attributes": own | {"title": thing.title} if isinstance(thing, Issue) else own}
