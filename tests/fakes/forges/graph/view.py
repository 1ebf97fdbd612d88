"""How what a double holds is seen through a published type: one class a type, a method a field.

A field that is neither a method nor in ``SAME`` is not modelled, and to ask for it is a loud error, never null; so is
an argument that the method does not take.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Container, Mapping
from typing import Any, ClassVar

from graphql import GraphQLResolveInfo, get_named_type, is_list_type, is_non_null_type

from .connection import PAGING, Page, is_connection, page


class Unmodelled(Exception):
    """The vendor has it, the double has not: whoever needs it adds it to the double."""


class Refused(Exception):
    """The service says no to one field: its ``type`` and message, as the vendor words them."""

    def __init__(self, type: str, message: str) -> None:
        super().__init__(message)
        self.type = type


class View:
    """One thing, ``it``, as somebody, ``see``, sees it."""

    #: The published type, where it is not the class's name.
    TYPE: ClassVar[str] = ""
    #: How many items of a connection are shown where no number is asked for; None is all.
    PAGE: ClassVar[int | None] = None
    #: Fields that the double knows to be empty: null where they may be, else "", 0, False or [].
    EMPTY: ClassVar[str] = ""
    #: Fields that are attributes of ``it`` by their names in snake case.
    SAME: ClassVar[str] = ""

    def __init__(self, it: Any, see: Any = None) -> None:
        self.it = it
        self.see = see

    @property
    def typename(self) -> str:
        """The published type's name."""
        return self.TYPE or type(self).__name__


@functools.cache
def snake(name: str) -> str:
    """``headRefOid`` → ``head_ref_oid``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: "_" + found[1].lower(), name)


def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """Any field of any type: what the view, or the mapping, has under its name."""
    name = info.field_name
    if isinstance(source, Page):
        if name not in ("nodes", "edges", "pageInfo", "totalCount") and snake(name) not in source.extra:
            raise Unmodelled(f"{info.parent_type.name}.{name}")
        return getattr(source, snake(name))
    if isinstance(source, Mapping):
        if name not in source:
            raise Unmodelled(f"{info.parent_type.name}.{name}")
        return _paged(source, source[name], info, arguments, frozenset())
    known = _fields(type(source)).get(name)
    if known is None:
        raise Unmodelled(f"{info.parent_type.name}.{name}")
    if known is EMPTY:
        return empty(info.return_type)
    if known is SAME:
        return getattr(source.it, snake(name))
    value = getattr(source, name)(**{n: v for n, v in arguments.items() if n in known})
    return _paged(source, value, info, arguments, known)


def _paged(source: Any, value: Any, info: GraphQLResolveInfo, given: Mapping[str, Any], known: Container[str]) -> Any:
    """A page of a list, where the type is a connection. An argument that nobody has looked at is not modelled."""
    if not given:
        return value if not isinstance(value, list) else _page(source, value, info, given)
    paged = is_connection(get_named_type(info.return_type))
    if left := [n for n, v in given.items() if v is not None and n not in known and not (paged and n in PAGING)]:
        raise Unmodelled(f"{info.parent_type.name}.{info.field_name}({', '.join(left)}:)")
    return _page(source, value, info, given) if isinstance(value, list) else value


def _page(source: Any, value: list[Any], info: GraphQLResolveInfo, given: Mapping[str, Any]) -> Any:
    if not is_connection(get_named_type(info.return_type)):
        return value
    wanted = {n: given.get(n) for n in PAGING}
    if isinstance(source, View) and wanted["first"] is None and wanted["last"] is None:
        wanted["first"] = source.PAGE
    return page(value, wanted)


#: What a field is that has no method.
SAME, EMPTY = frozenset({"the same"}), frozenset({"empty"})


@functools.cache
def _fields(view: type[View]) -> Mapping[str, frozenset[str]]:
    """Of each field that a view has the arguments that its method takes, or ``SAME`` or ``EMPTY``."""
    own = {n for base in view.__mro__ if base not in (View, object) for n in vars(base)}
    methods = {n: getattr(view, n) for n in own if not n.startswith("_") and inspect.isfunction(getattr(view, n))}
    found = {name: frozenset(inspect.signature(method).parameters) - {"self"} for name, method in methods.items()}
    return found | dict.fromkeys(view.EMPTY.split(), EMPTY) | dict.fromkeys(view.SAME.split(), SAME)


def empty(type: Any) -> Any:
    """Nothing, as a type has it. Unmodelled where it has no such value."""
    if not is_non_null_type(type):
        return None
    if is_list_type(type.of_type):
        return []
    found = {"String": "", "Int": 0, "Float": 0.0, "Boolean": False, "JSONObject": {}}.get(type.of_type.name)
    if found is None:
        raise Unmodelled(f"nothing of {type}")
    return found


def type_of(value: Any, info: GraphQLResolveInfo, abstract: Any) -> str:
    """The object type of a value where the schema has an interface or a union."""
    return value["__typename"] if isinstance(value, Mapping) else value.typename
