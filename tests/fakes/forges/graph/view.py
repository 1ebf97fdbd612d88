"""How what a double holds is seen through a published type: one class a type, a method a field.

A field that is neither a method nor in ``SAME`` is not modelled, and to ask for it is a loud error, never null; so is
an argument that the method does not take.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
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


def snake(name: str) -> str:
    """``headRefOid`` → ``head_ref_oid``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: "_" + found[1].lower(), name)


def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """Any field of any type: what the view, or the mapping, has under its name."""
    name = info.field_name
    where = f"{info.parent_type.name}.{name}"
    if isinstance(source, Page):
        if name not in ("nodes", "edges", "pageInfo", "totalCount") and snake(name) not in source.extra:
            raise Unmodelled(where)
        return getattr(source, snake(name))
    if isinstance(source, Mapping):
        if name not in source:
            raise Unmodelled(where)
        value = source[name]
    elif name in type(source).EMPTY.split():
        return empty(info.return_type)
    elif name in type(source).SAME.split():
        value = getattr(source.it, snake(name))
    elif name in _methods(type(source)):
        value = getattr(source, name)
    else:
        raise Unmodelled(where)
    paged = is_connection(get_named_type(info.return_type))
    rest = {n: v for n, v in arguments.items() if not (paged and n in PAGING)}
    if callable(value):
        takes = inspect.signature(value).parameters
        if unknown := [n for n in rest if n not in takes and rest[n] is not None]:
            raise Unmodelled(f"{where}({', '.join(unknown)}:)")
        value = value(**{n: v for n, v in rest.items() if n in takes})
    elif rest and any(v is not None for v in rest.values()):
        raise Unmodelled(f"{where}({', '.join(rest)}:)")
    if not (paged and isinstance(value, list)):
        return value
    wanted = {n: arguments.get(n) for n in PAGING}
    if isinstance(source, View) and wanted["first"] is None and wanted["last"] is None:
        wanted["first"] = source.PAGE
    return page(value, wanted)


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


def _methods(view: type[View]) -> frozenset[str]:
    """The fields that a class has methods for."""
    own = {n for base in view.__mro__ if base not in (View, object) for n in vars(base)}
    return frozenset(n for n in own if not n.startswith("_") and n not in ("TYPE", "PAGE", "SAME", "EMPTY"))
