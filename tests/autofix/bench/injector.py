"""Put single faults into Python source: the classic kinds of mutation testing, drawn with a seed.

This is written apart from the agent's operators and stays so: the agent is measured with it, never tuned to it. The
kinds follow the published lists (Offutt's relational, arithmetic and logical operator replacement, constant
replacement, statement deletion; return values, negated conditionals and argument propagation as in PIT).
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator

from attrs import frozen


@frozen
class Fault:
    """One fault: ``text`` stands for the characters ``start:end`` (columns in UTF-8 bytes) of ``line``…``end_line``."""

    kind: str
    line: int
    start: int
    end_line: int
    end: int
    text: str

    def apply(self, source: str) -> str:
        lines = source.encode().split(b"\n")
        first, last = lines[self.line - 1], lines[self.end_line - 1]
        lines[self.line - 1 : self.end_line] = [first[: self.start] + self.text.encode() + last[self.end :]]
        return b"\n".join(lines).decode()


def _fault(kind: str, node: ast.AST, text: str) -> Fault:
    return Fault(kind, node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0, text)


def _mutated(kind: str, node: ast.AST, change: Callable[[ast.AST], None]) -> Fault:
    copy = ast.parse(ast.unparse(node), mode="eval").body
    change(copy)
    return _fault(kind, node, f"({ast.unparse(copy)})")


_RELATIONAL = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)


def relational(node: ast.AST, rng: random.Random) -> Iterator[Fault]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _RELATIONAL:
        other = rng.choice([one for one in _RELATIONAL if one is not type(node.ops[0])])
        yield _mutated("relational", node, lambda copy: copy.ops.__setitem__(0, other()))
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn, ast.Is, ast.IsNot)):
        opposite = {ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}[type(node.ops[0])]
        yield _mutated("relational", node, lambda copy: copy.ops.__setitem__(0, opposite()))


def arithmetic(node: ast.AST, rng: random.Random) -> Iterator[Fault]:
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        other = rng.choice([one for one in _ARITHMETIC if one is not type(node.op)])
        yield _mutated("arithmetic", node, lambda copy: setattr(copy, "op", other()))
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
        sign = "-=" if isinstance(node.op, ast.Add) else "+="
        yield _fault("arithmetic", node, f"{ast.unparse(node.target)} {sign} {ast.unparse(node.value)}")


def constant(node: ast.AST, rng: random.Random) -> Iterator[Fault]:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield _fault(
            "constant", node, str(rng.choice([node.value + 1, node.value - 1, -node.value or 7, node.value + 5]))
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) < 30:
        yield _fault("constant", node, repr(rng.choice([f"{node.value}x", node.value[1:], ""])))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield _fault("boolean constant", node, str(not node.value))


def logical(node: ast.AST, rng: random.Random) -> Iterator[Fault]:
    if isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield _mutated("logical", node, lambda copy: setattr(copy, "op", other()))
        kept = rng.choice(node.values)
        yield _fault("condition removed", node, f"({ast.unparse(kept)})")
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _fault("not removed", node, f"({ast.unparse(node.operand)})")
    elif isinstance(node, (ast.If, ast.While)):
        yield _fault("condition negated", node.test, f"not ({ast.unparse(node.test)})")


def value_returned(node: ast.AST, rng: random.Random) -> Iterator[Fault]:
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield _fault("return value", node, rng.choice(["return None", f"return not ({ast.unparse(node.value)})"]))


def call(node: ast.AST, rng: random.Random) -> Iterator[Fault]:
    if not isinstance(node, ast.Call) or any(isinstance(one, ast.Starred) for one in node.args):
        return
    if len(node.args) > 1:
        first = rng.randrange(len(node.args) - 1)

        def exchange(copy: ast.AST) -> None:
            copy.args[first : first + 2] = reversed(copy.args[first : first + 2])

        yield _mutated("argument swap", node, exchange)
        yield _mutated("argument removed", node, lambda copy: copy.args.pop())
    if node.keywords:
        yield _mutated("argument removed", node, lambda copy: copy.keywords.pop())
    if len(node.args) == 1 and not node.keywords:
        yield _fault("call replaced by its argument", node, f"({ast.unparse(node.args[0])})")


def subscript(node: ast.AST, rng: random.Random) -> Iterator[Fault]:
    if isinstance(node, ast.Slice):
        for bound in (node.lower, node.upper):
            if bound is not None:
                yield _fault("slice off by one", bound, f"{ast.unparse(bound)} {rng.choice('+-')} 1")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        last = node.args[-1]
        yield _fault("range off by one", last, f"{ast.unparse(last)} {rng.choice('+-')} 1")


def deletion(node: ast.AST, rng: random.Random) -> Iterator[Fault]:
    documentation = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise)) and not documentation:
        yield _fault("statement removed", node, "pass")
    elif isinstance(node, ast.If) and len(node.body) == 1 and not node.orelse:
        yield _fault("guard removed", node, "pass")


def branch(node: ast.AST, rng: random.Random) -> Iterator[Fault]:
    if isinstance(node, ast.IfExp):
        text = f"({ast.unparse(node.orelse)}) if ({ast.unparse(node.test)}) else ({ast.unparse(node.body)})"
        yield _fault("branches exchanged", node, f"({text})")


def _wrong_names(function: ast.AST, rng: random.Random) -> Iterator[Fault]:
    loads = [one for one in ast.walk(function) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)]
    stored = {one.id for one in ast.walk(function) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    stored |= {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}
    for node in loads:
        others = sorted(stored - {node.id, "self", "cls"})
        if node.id in stored and others:
            yield _fault("wrong variable", node, rng.choice(others))
    attributes = [one for one in ast.walk(function) if isinstance(one, ast.Attribute)]
    names = sorted({one.attr for one in attributes})
    for node in attributes:
        others = [name for name in names if name != node.attr]
        if others and isinstance(node.ctx, ast.Load):
            yield _fault("wrong attribute", node, f"{ast.unparse(node.value)}.{rng.choice(others)}")


_KINDS = (relational, arithmetic, constant, logical, value_returned, call, subscript, deletion, branch)


def faults(source: str, rng: random.Random) -> dict[str, list[Fault]]:
    """Return single-line faults inside functions of a file, by kind."""
    found: dict[str, list[Fault]] = {}
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        made = [one for node in ast.walk(function) for kind in _KINDS for one in kind(node, rng)]
        for fault in [*made, *_wrong_names(function, rng)]:
            short = fault.end_line == fault.line or (fault.kind == "guard removed" and fault.end_line == fault.line + 1)
            if short and "\n" not in fault.text and fault.line > function.body[0].lineno - 1:
                found.setdefault(fault.kind, []).append(fault)
    return found
