"""The root of mutations: a method each. What an input has that is not used here is a loud error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...graph.view import Refused, Unmodelled, View
from .. import merging
from ..issue import Issue, Label
from ..people import may
from ..pull import Pull
from ..repository import Repository
from ..talk import Thread
from .git import Branch
from .shown import show

#: As an object's name: there is none.
NONE = "0" * 40


class Given:
    """A mutation's input."""

    def __init__(self, name: str, values: Mapping[str, Any], see: Any) -> None:
        self._left = {k: v for k, v in values.items() if v is not None and k != "clientMutationId"}
        self._name, self._see = name, see
        self.client = values.get("clientMutationId")

    def take(self, key: str, default: Any = None) -> Any:
        """A value, which is used now."""
        return self._left.pop(key, default)

    def node(self, key: str, kind: type) -> Any:
        """The thing whose id is given, of a kind."""
        id = self.take(key)
        thing = self._see.hub.ids.node(id)
        if not isinstance(thing, kind):
            raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'.")
        return thing

    def done(self) -> None:
        """Nothing may be left."""
        if self._left:
            raise Unmodelled(f"Mutation.{self._name}(input: {', '.join(self._left)}:)")


class Mutation(View):
    """Each returns the fields of its payload."""

    def _given(self, name: str, values: Mapping[str, Any]) -> Given:
        return Given(name, values, self.see)

    def _allowed(self, repository: Repository, name: str, at_least: str = "write") -> None:
        if not may(repository, self.see.account, at_least):
            text = f"{self.see.account.login} does not have the correct permissions to execute `{name}`"
            raise Refused("FORBIDDEN", text)

    def _payload(self, given: Given, **fields: Any) -> dict[str, Any]:
        given.done()
        shown = {k: v if isinstance(v, dict) else show(v, self.see) for k, v in fields.items()}
        return {"clientMutationId": given.client, **shown}

    # Pull requests

    def createPullRequest(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("createPullRequest", input)
        repository: Repository = given.node("repositoryId", Repository)
        head, base = given.take("headRefName"), given.take("baseRefName")
        given.take("maintainerCanModify")
        heads = dict(repository.heads())
        for name, branch in (("Head", head), ("Base", base)):
            if branch not in heads:
                raise Refused("UNPROCESSABLE", f"{name} sha can't be blank, {name} ref must be a branch")
        own = [p for p in repository.pulls if p.state == "OPEN" and not p.fork]
        if any(p.head == head and p.base == base for p in own):
            raise Refused("UNPROCESSABLE", f"A pull request already exists for {repository.owner.login}:{head}.")
        if repository.refs.contains(heads[base], heads[head]):
            raise Refused("UNPROCESSABLE", f"No commits between {base} and {head}")
        made = repository.pull(
            head=head,
            base=base,
            title=given.take("title"),
            body=given.take("body", ""),
            draft=given.take("draft", False),
            author=self.see.account,
        )
        return self._payload(given, pullRequest=made)

    def updatePullRequest(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("updatePullRequest", input)
        pull: Pull = given.node("pullRequestId", Pull)
        self._allowed(pull.repository, "UpdatePullRequest", "triage")
        pull.title, pull.body = given.take("title", pull.title), given.take("body", pull.body)
        pull.base = given.take("baseRefName", pull.base)
        if (labels := given.take("labelIds")) is not None:
            self._relabel(pull, labels)
        if (assignees := given.take("assigneeIds")) is not None:
            pull.assignees = [self.see.hub.ids.node(id) for id in assignees]
        pull.touch()
        pull.tell("", "edited")
        return self._payload(given, pullRequest=pull, actor=self.see.account)

    def closePullRequest(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("closePullRequest", input)
        pull: Pull = given.node("pullRequestId", Pull)
        pull.close(self.see.account)
        return self._payload(given, pullRequest=pull)

    def reopenPullRequest(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("reopenPullRequest", input)
        pull: Pull = given.node("pullRequestId", Pull)
        pull.reopen(self.see.account)
        return self._payload(given, pullRequest=pull)

    def markPullRequestReadyForReview(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("markPullRequestReadyForReview", input)
        pull: Pull = given.node("pullRequestId", Pull)
        pull.ready()
        return self._payload(given, pullRequest=pull)

    def convertPullRequestToDraft(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("convertPullRequestToDraft", input)
        pull: Pull = given.node("pullRequestId", Pull)
        pull.to_draft()
        return self._payload(given, pullRequest=pull)

    def updatePullRequestBranch(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("updatePullRequestBranch", input)
        pull: Pull = given.node("pullRequestId", Pull)
        if given.take("expectedHeadOid", pull.head_oid) != pull.head_oid:
            raise Refused("UNPROCESSABLE", "expected head sha didn't match current head ref.")
        merging.update_branch(pull, given.take("updateMethod", "MERGE"))
        return self._payload(given, pullRequest=pull)

    def mergePullRequest(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("mergePullRequest", input)
        pull: Pull = given.node("pullRequestId", Pull)
        headline, body = given.take("commitHeadline", ""), given.take("commitBody", "")
        given.take("authorEmail")
        message = f"{headline}\n\n{body}".strip() if headline else ""
        method, head = given.take("mergeMethod", "MERGE"), given.take("expectedHeadOid")
        merging.merge(pull, self.see.account, method, head, message)
        return self._payload(given, pullRequest=pull, actor=self.see.account)

    def enablePullRequestAutoMerge(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("enablePullRequestAutoMerge", input)
        pull: Pull = given.node("pullRequestId", Pull)
        self._allowed(pull.repository, "EnablePullRequestAutoMerge")
        _ = [given.take(name) for name in ("authorEmail", "commitHeadline", "commitBody")]
        if given.take("expectedHeadOid", pull.head_oid) != pull.head_oid:
            raise Refused("UNPROCESSABLE", "Head branch was modified. Review and try the merge again.")
        merging.enable_auto_merge(pull, self.see.account, given.take("mergeMethod", "MERGE"))
        return self._payload(given, pullRequest=pull, actor=self.see.account)

    def disablePullRequestAutoMerge(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("disablePullRequestAutoMerge", input)
        pull: Pull = given.node("pullRequestId", Pull)
        merging.disable_auto_merge(pull)
        return self._payload(given, pullRequest=pull, actor=self.see.account)

    def enqueuePullRequest(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("enqueuePullRequest", input)
        pull: Pull = given.node("pullRequestId", Pull)
        self._allowed(pull.repository, "EnqueuePullRequest")
        given.take("jump")
        merging.enqueue(pull, self.see.account, given.take("expectedHeadOid"))
        given.done()
        return {"clientMutationId": given.client, "mergeQueueEntry": show(pull, self.see).mergeQueueEntry()}

    def dequeuePullRequest(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("dequeuePullRequest", input)
        pull: Pull = given.node("id", Pull)
        entry = show(pull, self.see).mergeQueueEntry()
        merging.dequeue(pull)
        given.done()
        return {"clientMutationId": given.client, "mergeQueueEntry": entry}

    def deleteRef(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("deleteRef", input)
        id = given.take("refId")
        for repository in self.see.hub.repositories.values():
            for name, oid in list(repository.heads()):
                if show(Branch(repository, name, oid), self.see).id() == id:
                    self._allowed(repository, "DeleteRef")
                    repository.refs.write(name, None)
                    repository.sync()
                    return self._payload(given)
        raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'.")

    def updateRefs(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("updateRefs", input)
        repository: Repository = given.node("repositoryId", Repository)
        self._allowed(repository, "UpdateRefs")
        updates = given.take("refUpdates")
        heads = dict(repository.heads())
        for each in updates:
            if each.get("beforeOid") not in (None, heads.get(each["name"].removeprefix("refs/heads/"), NONE)):
                raise Refused("UNPROCESSABLE", f"reference {each['name']} is not at {each['beforeOid']}")
            if each["afterOid"] != NONE or not each["name"].startswith("refs/heads/"):
                raise Unmodelled("Mutation.updateRefs of anything but the deletion of branches")
        for each in updates:
            repository.refs.write(each["name"].removeprefix("refs/heads/"), None)
        repository.sync()
        return self._payload(given)

    # Issues, labels and what is said

    def createIssue(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("createIssue", input)
        repository: Repository = given.node("repositoryId", Repository)
        made = repository.issue(given.take("title"), given.take("body", ""), author=self.see.account)
        self._relabel(made, given.take("labelIds", []))
        made.assign(*(self.see.hub.ids.node(id) for id in given.take("assigneeIds", [])))
        return self._payload(given, issue=made)

    def closeIssue(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("closeIssue", input)
        issue: Issue = given.node("issueId", Issue)
        issue.close(self.see.account, given.take("stateReason", "COMPLETED"))
        return self._payload(given, issue=issue)

    def reopenIssue(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("reopenIssue", input)
        issue: Issue = given.node("issueId", Issue)
        issue.reopen(self.see.account)
        return self._payload(given, issue=issue)

    def addLabelsToLabelable(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given, issue, names = self._labels("addLabelsToLabelable", input)
        issue.label(*names, by=self.see.account)
        return self._payload(given, labelable=issue)

    def removeLabelsFromLabelable(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given, issue, names = self._labels("removeLabelsFromLabelable", input)
        issue.unlabel(*names, by=self.see.account)
        return self._payload(given, labelable=issue)

    def _relabel(self, issue: Issue, ids: list[str]) -> None:
        names = [label.name for id in ids if isinstance(label := self.see.hub.ids.node(id), Label)]
        issue.unlabel(*({label.name for label in issue.labels} - set(names)), by=self.see.account)
        issue.label(*names, by=self.see.account)

    def _labels(self, name: str, input: Mapping[str, Any]) -> tuple[Given, Issue, list[str]]:
        given = self._given(name, input)
        issue: Issue = given.node("labelableId", Issue)
        self._allowed(issue.repository, name[0].upper() + name[1:], "triage")
        found = [self.see.hub.ids.node(id) for id in given.take("labelIds")]
        return given, issue, [label.name for label in found if isinstance(label, Label)]

    def addComment(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("addComment", input)
        issue: Issue = given.node("subjectId", Issue)
        made = show(issue.comment(self.see.account, given.take("body")), self.see)
        given.done()
        edge = {"node": made, "cursor": made.id()}
        return {"clientMutationId": given.client, "subject": show(issue, self.see), "commentEdge": edge}

    def addPullRequestReview(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("addPullRequestReview", input)
        pull: Pull = given.node("pullRequestId", Pull)
        words = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
        state = words.get(given.take("event", ""), "PENDING")
        if pull.author is self.see.account and state in ("APPROVED", "CHANGES_REQUESTED"):
            word = "approve" if state == "APPROVED" else "request changes on"
            raise Refused("UNPROCESSABLE", f"Review Can not {word} your own pull request")
        given.take("commitOID")
        return self._payload(given, pullRequestReview=pull.review(self.see.account, state, given.take("body", "")))

    def addPullRequestReviewThreadReply(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = self._given("addPullRequestReviewThreadReply", input)
        thread: Thread = given.node("pullRequestReviewThreadId", Thread)
        return self._payload(given, comment=thread.reply(given.take("body"), self.see.account))

    def resolveReviewThread(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given, thread = self._thread("resolveReviewThread", input)
        return self._payload(given, thread=thread.resolve(self.see.account))

    def unresolveReviewThread(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given, thread = self._thread("unresolveReviewThread", input)
        return self._payload(given, thread=thread.unresolve())

    def _thread(self, name: str, input: Mapping[str, Any]) -> tuple[Given, Thread]:
        given = self._given(name, input)
        thread: Thread = given.node("threadId", Thread)
        if thread.pull.author is not self.see.account:
            self._allowed(thread.pull.repository, name[0].upper() + name[1:])
        return given, thread
