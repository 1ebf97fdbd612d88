"""The commands of ``gh`` and ``glab`` that may pass: what only reads, and what an agent may write.

A command that is in none of these tables is blocked: it may be new, an extension, or the name of something else.
"""

from __future__ import annotations

#: Commands that only read, or change nothing but the local clone and the session's own run of them.
READS = {
    "gh": {
        "pr": "list ls view status checks diff checkout",
        "issue": "list ls view status",
        "repo": "view list ls clone",
        "run": "list ls view watch download",
        "workflow": "list ls view",
        "release": "list ls view download",
        "gist": "list ls view clone",
        "label": "list ls",
        "cache": "list ls",
        "search": "code commits issues prs repos",
        "project": "list ls view field-list item-list",
        "ruleset": "list ls view check",
        "org": "list ls",
        "attestation": "verify download trusted-root",
        "alias": "list ls",
        "extension": "list ls search",
        "config": "list ls",
        "codespace": "list ls",
        # What git runs to talk to the forge: without it no fetch of a private repository works.
        "auth": "git-credential",
    },
    "glab": {
        "mr": "list view diff issues approvers checkout",
        "issue": "list view",
        "repo": "view list clone contributors search archive",
        "ci": "list status stats view trace get lint config artifact",
        "job": "artifact",
        "release": "list view download",
        "label": "list get",
        "milestone": "list get",
        "iteration": "list",
        "incident": "list view",
        "schedule": "list",
        "changelog": "generate",
        "user": "events",
        "alias": "list",
        "auth": "git-credential",
    },
}

#: Commands without any other below them that only read.
ALONE = {
    "gh": ("status", "browse", "version", "completion", "--version"),
    "glab": ("version", "v", "completion", "check-update", "--version", "-v"),
}

#: Commands that every version has: no alias takes their place, also not one that ``glab`` itself writes (``ci``).
ALWAYS = {
    "gh": ("pr", "issue", "repo", "api", "auth", "config", "alias", "release", "gist"),
    "glab": ("mr", "issue", "ci", "repo", "auth", "config", "alias", "release", "label"),
}

#: Other names of the same command, and of what is below one.
SAME = {
    "glab": {
        "pipeline": "ci",
        "pipe": "ci",
        "project": "repo",
        "merge-request": "mr",
        "conf": "config",
        "sched": "schedule",
        "skd": "schedule",
        "var": "variable",
    },
    "gh": {"rs": "ruleset", "at": "attestation", "ext": "extension", "extensions": "extension", "cs": "codespace"},
}

BELOW = {
    "glab": {
        "new": "create",
        "ls": "list",
        "show": "view",
        "comment": "note",
        "open": "reopen",
        "accept": "merge",
        "unapprove": "revoke",
        "issue": "issues",
        "users": "contributors",
        "find": "search",
        "lookup": "search",
        "push": "artifact",
    },
    "gh": {"new": "create"},
}

#: What an agent may write: command → (flags with a value, flags without, flags of these that are not for it).
#: Those of ``OWN`` only for the session's own pull request, the others in the session's repository.
OWN = {
    "gh": {
        "pr close": ("c:comment R:repo", "d:delete-branch", "delete-branch"),
        "pr reopen": ("c:comment R:repo", "", ""),
        "pr ready": ("R:repo", "undo", ""),
        "pr lock": ("r:reason R:repo", "", ""),
        "pr unlock": ("R:repo", "", ""),
        "pr edit": (
            (
                "t:title b:body F:body-file B:base add-label remove-label add-assignee remove-assignee add-reviewer "
                "remove-reviewer add-project remove-project m:milestone R:repo"
            ),
            "remove-milestone",
            "base",
        ),
        "pr comment": ("b:body F:body-file R:repo", "e:editor w:web edit-last delete-last create-if-none yes", ""),
        "pr review": ("b:body F:body-file R:repo", "a:approve r:request-changes c:comment", "approve request-changes"),
        "pr update-branch": ("R:repo", "rebase", ""),
    },
    "glab": {
        "mr close": ("R:repo", "", ""),
        "mr reopen": ("R:repo", "", ""),
        "mr note": ("m:message R:repo", "unique", ""),
        "mr update": (
            "t:title d:description l:label u:unlabel a:assignee reviewer m:milestone target-branch R:repo",
            (
                "draft wip r:ready lock-discussion unlock-discussion remove-source-branch squash-before-merge unassign "
                "y:yes f:fill fill-commit-body"
            ),
            "target-branch squash-before-merge remove-source-branch",
        ),
    },
}
WRITES = {
    "gh": {
        "pr create": (
            (
                "t:title b:body F:body-file B:base H:head l:label a:assignee r:reviewer p:project m:milestone "
                "T:template recover R:repo"
            ),
            "d:draft f:fill fill-first fill-verbose w:web no-maintainer-edit e:editor dry-run",
            "",
        ),
        "issue create": (
            "t:title b:body F:body-file l:label a:assignee p:project m:milestone T:template recover R:repo",
            "w:web e:editor",
            "",
        ),
        "issue comment": ("b:body F:body-file R:repo", "e:editor w:web edit-last create-if-none", ""),
        "label create": ("c:color d:description R:repo", "f:force", "force"),
        "run rerun": ("j:job R:repo", "failed d:debug", ""),
    },
    "glab": {
        "mr create": (
            (
                "t:title d:description l:label a:assignee reviewer m:milestone s:source-branch b:target-branch "
                "i:related-issue H:head R:repo milestone"
            ),
            (
                "draft wip f:fill fill-commit-body push y:yes w:web allow-collaboration remove-source-branch "
                "squash-before-merge copy-issue-labels create-source-branch no-editor recover signoff"
            ),
            "create-source-branch",
        ),
        "issue create": (
            (
                "t:title d:description l:label a:assignee m:milestone w:weight due-date epic link-type linked-issues "
                "linked-mr e:time-estimate s:time-spent R:repo"
            ),
            "c:confidential y:yes no-editor web recover",
            "",
        ),
        "issue note": ("m:message R:repo", "", ""),
        "label create": ("n:name c:color d:description p:priority R:repo", "", ""),
        "ci retry": ("b:branch p:pipeline-id R:repo", "", ""),
    },
}

#: Why something is blocked, by the command or its first word.
WHY = {
    "pr merge": "a pull request is merged by the orchestrator when it is proven; end your turn when your work is done",
    "mr merge": "a merge request is merged by the orchestrator when it is proven; end your turn when your work is done",
    "mr approve": "an agent approves nothing; that is for a person",
    "mr revoke": "approvals are the person's own; that is for a person",
    "auth": "logins and tokens are the person's own; work with the login that there is, or ask the person",
    "secret": "secrets are the person's own; ask the person",
    "securefile": "secrets are the person's own; ask the person",
    "variable": "variables are the person's own; ask the person",
    "ssh-key": "keys are the person's own; ask the person",
    "gpg-key": "keys are the person's own; ask the person",
    "deploy-key": "keys are the person's own; ask the person",
    "token": "tokens are the person's own; ask the person",
    "alias": "an alias can hide another command; use the command itself",
    "mcp": "it hands all commands of the program on; use the commands themselves",
    "extension": "an extension can do anything; use the commands of the program itself",
}
ELSE = "it is not among what an agent may do at the forge; say in your last words what you need, and a person decides"
OTHERS = "it is not about this session's own pull request; say in your last words what you need, and a person decides"
