"""A document walked with its types and variables: each field that would be resolved, in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    value_from_ast_untyped,
)


@frozen
class Placed:
    """A field: its parent's type, its own named type, its arguments, and what is selected below it."""

    name: str
    parent: str
    type: GraphQLNamedType
    arguments: Mapping[str, Any]
    below: tuple[Placed, ...]

    def selects(self, *names: str) -> bool:
        """Whether one of these is selected below."""
        return any(field.name in names for field in self.below)


def operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    """All operations of a document."""
    return [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]


def placed(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> tuple[Placed, ...]:
    """The fields of an operation, as a tree. Of alternatives (``... on A``, ``... on B``) all are there."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    defaults = {
        node.variable.name.value: value_from_ast_untyped(node.default_value)
        for node in operation.variable_definitions or ()
        if node.default_value is not None
    }
    walk = _Walk(schema, fragments, {**defaults, **variables})
    root = schema.get_root_type(operation.operation)
    assert root is not None
    return tuple(walk.below(root, operation.selection_set))


@frozen
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def below(self, parent: GraphQLNamedType, selected: SelectionSetNode | None) -> Iterator[Placed]:
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                field = getattr(parent, "fields", {}).get(node.name.value)
                if field is not None and self._included(node):
                    type = get_named_type(field.type)
                    yield Placed(
                        node.name.value,
                        parent.name,
                        type,
                        {a.name.value: value_from_ast_untyped(a.value, self.variables) for a in node.arguments or ()},
                        tuple(self.below(type, node.selection_set)),
                    )
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                yield from self.below(self._type(fragment.type_condition.name.value), fragment.selection_set)
            elif isinstance(node, InlineFragmentNode):
                on = self._type(node.type_condition.name.value) if node.type_condition else parent
                yield from self.below(on, node.selection_set)

    def _type(self, name: str) -> GraphQLCompositeType:
        return self.schema.type_map[name]  # type: ignore[return-value]

    def _included(self, node: FieldNode) -> bool:
        for directive in node.directives or ():
            given = {a.name.value: value_from_ast_untyped(a.value, self.variables) for a in directive.arguments or ()}
            if directive.name.value == "skip" and given.get("if") is True:
                return False
            if directive.name.value == "include" and given.get("if") is False:
                return False
        return True
