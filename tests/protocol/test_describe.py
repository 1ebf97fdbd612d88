"""The neutral description, on a small protocol."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from attrs import evolve, field, frozen

from agent_orchestrator.protocol.generate import describe
from agent_orchestrator.protocol.generate.neutral import (
    Field,
    ListOf,
    MapOf,
    Nullable,
    Protocol,
    Ref,
    Scalar,
    Shape,
    protocol_hash,
)
from agent_orchestrator.protocol.lsp import EditorCommand, Message
from agent_orchestrator.protocol.methods import Method


@frozen(kw_only=True)
class Where:
    """A place; see :class:`~somewhere.else_.Thing`."""

    #: Its name, as ``ls``
    #: prints it.
    file_name: str
    line: int = 0


@frozen(kw_only=True)
class Place(Where):
    """A place with more."""

    column: int = 7


@frozen(kw_only=True)
class Answer:
    """All kinds of values."""

    text: str
    count: int
    share: float
    sure: bool
    places: tuple[Where, ...]
    nothing: Where | None = None
    names: dict[str, str] = field(factory=dict)
    #: Which.
    many: tuple[str, ...] = ("a",)


@frozen(kw_only=True)
class Ask:
    """Asked by a client."""

    many: tuple[str, ...] = ("a",)
    some: dict[str, int] = field(factory=dict)
    maybe: bool = True


def of(*methods: Method) -> Protocol:
    return describe.protocol(methods, (), ())


def shape(protocol: Protocol, name: str) -> Shape:
    return next(shape for shape in protocol.shapes if shape.name == name)


def test_every_kind_of_value_has_its_type():
    answer = shape(of(Method("find", None, Answer, "")), "Answer")
    assert {f.name: f.type for f in answer.fields} == {
        "text": Scalar("string"),
        "count": Scalar("integer"),
        "share": Scalar("number"),
        "sure": Scalar("boolean"),
        "places": ListOf(Ref("Where")),
        "nothing": Nullable(Ref("Where")),
        "names": MapOf(Scalar("string")),
        "many": ListOf(Scalar("string")),
    }


def test_the_daemon_writes_every_key():
    answer = shape(of(Method("find", None, Answer, "")), "Answer")
    assert all(f.required for f in answer.fields)


def test_a_client_may_leave_out_what_has_a_default():
    ask = shape(of(Method("find", Ask, Answer, "")), "Ask")
    assert [(f.name, f.required, f.default) for f in ask.fields] == [
        ("many", False, ["a"]),
        ("some", False, {}),
        ("maybe", False, True),
    ]


def test_a_field_without_default_is_required_of_a_client():
    place = shape(of(Method("find", Place, Answer, "")), "Place")
    assert place.fields[0] == Field("fileName", Scalar("string"), True, None, "Its name, as `ls` prints it.")


def test_inherited_fields_are_there_with_their_documentation():
    place = shape(of(Method("find", Place, Answer, "")), "Place")
    assert {f.name: f.doc for f in place.fields} == {
        "fileName": "Its name, as `ls` prints it.",
        "line": "",
        "column": "",
    }


def test_a_class_that_only_a_field_names_is_described():
    assert shape(of(Method("find", None, Answer, "")), "Where").doc == "A place; see `Thing`."


NOTIFICATION = Message("ao/x", "notification", "server", Ask, None, "")


def test_a_message_of_the_server_is_described_as_one():
    (call,) = describe.protocol((), (NOTIFICATION,), ()).messages
    assert (call.key, call.name, call.kind, call.sender) == ("x", "ao/x", "notification", "server")


def test_what_a_message_of_the_server_carries_is_written_by_the_server():
    assert shape(describe.protocol((), (NOTIFICATION,), ()), "Ask").sender == "server"


def test_commands_are_those_of_the_methods_and_those_of_editors():
    described = describe.protocol(
        (Method("new", Ask, Answer, "", "ao.spawn"), Method("quiet", None, Answer, "")),
        (),
        (EditorCommand("ao.show", Place, Answer, ""),),
    )
    assert [(c.key, c.name, c.params) for c in described.commands] == [
        ("spawn", "ao.spawn", "Ask"),
        ("show", "ao.show", "Place"),
    ]


def test_a_type_without_a_form_on_the_wire_is_refused():
    @frozen
    class Odd:
        values: set[str]

    with pytest.raises(TypeError, match="`values` has the type"):
        of(Method("odd", None, Odd, ""))


def test_a_class_with_defaults_is_not_written_by_both_sides():
    with pytest.raises(ValueError, match="Ask is written by both sides"):
        of(Method("echo", Ask, Ask, ""))


def test_a_class_without_defaults_may_be_written_by_both_sides():
    @frozen
    class Both:
        text: str

    assert shape(of(Method("echo", Both, Both, "")), "Both").sender == "server"


def test_two_classes_do_not_share_a_name():
    other = frozen(type("Ask", (), {"__annotations__": {"text": str}}))
    with pytest.raises(ValueError, match="several classes are named Ask"):
        of(Method("find", Ask, other, ""))


BEFORE = of(Method("find", Ask, Answer, "Find."), Method("end", None, Where, "End."))


def changed(name: str, /, **changes: object) -> Protocol:
    """BEFORE with other fields in one shape."""
    return evolve(BEFORE, shapes=tuple(evolve(s, **changes) if s.name == name else s for s in BEFORE.shapes))


def fields_of(name: str, /, **changes: object) -> tuple[Field, ...]:
    first, *others = shape(BEFORE, name).fields
    return (evolve(first, **changes), *others)


SAME: Mapping[str, Protocol] = {
    "another order of methods": evolve(BEFORE, methods=BEFORE.methods[::-1]),
    "another order of shapes": evolve(BEFORE, shapes=BEFORE.shapes[::-1]),
    "another order of keys": changed("Answer", fields=shape(BEFORE, "Answer").fields[::-1]),
    "a method's documentation": evolve(BEFORE, methods=tuple(evolve(m, doc="Look.") for m in BEFORE.methods)),
    "a shape's documentation": changed("Ask", doc="Asked."),
    "a field's documentation": changed("Ask", fields=fields_of("Ask", doc="Many.")),
}
OTHER: Mapping[str, Protocol] = {
    "a method less": evolve(BEFORE, methods=BEFORE.methods[:1]),
    "a method with another result": evolve(BEFORE, methods=tuple(evolve(m, result="Where") for m in BEFORE.methods)),
    "a key with another name": changed("Answer", fields=fields_of("Answer", name="words")),
    "a key with another type": changed("Answer", fields=fields_of("Answer", type=ListOf(Scalar("string")))),
    "another default": changed("Ask", fields=fields_of("Ask", default=["b"])),
    "a key that is now required": changed("Ask", fields=fields_of("Ask", required=True)),
    "another error code": evolve(BEFORE, errors=BEFORE.errors[1:]),
    "another constant": evolve(BEFORE, constants=tuple(evolve(c, value=f"{c.value}x") for c in BEFORE.constants)),
}


@pytest.mark.parametrize("protocol", SAME.values(), ids=SAME)
def test_the_hash_stays_with_what_nobody_sees_on_the_wire(protocol: Protocol):
    assert protocol_hash(protocol) == protocol_hash(BEFORE)


@pytest.mark.parametrize("protocol", OTHER.values(), ids=OTHER)
def test_the_hash_changes_with_what_is_on_the_wire(protocol: Protocol):
    assert protocol_hash(protocol) != protocol_hash(BEFORE)
