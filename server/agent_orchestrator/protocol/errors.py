"""Errors on the wire, and sentences for what a client sent wrongly."""

from __future__ import annotations

import difflib

from attrs import fields, has
from cattrs import ClassValidationError, ForbiddenExtraKeysError

from agent_orchestrator.protocol.strict import WrongType
from agent_orchestrator.protocol.wire import camel


class Refused(Exception):
    """A handler's answer to a request that it understood and does not carry out: a sentence for a person."""


def describe(error: Exception) -> str:
    """A structuring error as one sentence that names the first wrong field, in the wire's spelling."""
    if isinstance(error, ClassValidationError):
        with_notes, without = error.group_exceptions()
        if with_notes:
            cause, note = with_notes[0]
            if isinstance(cause, ClassValidationError):
                return f"`{camel(note.name)}`: {describe(cause)}"
            return _of_field(cause, camel(note.name))
        if without:
            return describe(without[0])
    if isinstance(error, ForbiddenExtraKeysError):
        return _unknown(error)
    if isinstance(error, KeyError):
        return _of_field(error, camel(str(error.args[0])))
    return str(error) or type(error).__name__


def _of_field(cause: Exception, name: str) -> str:
    if isinstance(cause, KeyError):
        return f"`{name}` is missing"
    if isinstance(cause, WrongType):
        return f"`{name}` {cause}"
    return f"`{name}`: {cause}"


def _unknown(error: ForbiddenExtraKeysError) -> str:
    name = min(str(key) for key in error.extra_fields)
    known = [camel(f.name) for f in fields(error.cl)] if has(error.cl) else []
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known) or 'none'}"
    return f"`{name[:80]}` is no parameter of this method; {hint}"
