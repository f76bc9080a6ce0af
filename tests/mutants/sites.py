"""Where the pure rooms can be changed, and the changes: Cosmic Ray's operators at work.

A site is one place with every change possible there. Sites are sampled, not changes, so that an
addition, which has many neighbours, weighs as much as a comparison.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

ROOMS = ("farm", "ladders", "planning", "media", "qc")
# What a slip of the hand makes of an operator. Cosmic Ray knows every pair, but most of them only
# raise a TypeError, which any test notices.
BINARY = (
    *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Div", "Div_FloorDiv", "Mod_FloorDiv"),
    *("Pow_Mul", "RShift_LShift", "LShift_RShift", "BitOr_BitAnd", "BitAnd_BitOr", "BitXor_BitOr"),
)
COMPARISONS = (
    *("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt"),
    *("Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt", "Is_IsNot", "IsNot_Is"),
)
UNARY = ("Delete_USub", "Delete_Not", "USub_UAdd")
OTHERS = (
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr"),
    *("ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
    *("ExceptionReplacer", "NumberReplacer", "RemoveDecorator", "ZeroIterationForLoop"),
)
OPERATORS = (
    *(f"ReplaceBinaryOperator_{pair}" for pair in BINARY),
    *(f"ReplaceComparisonOperator_{pair}" for pair in COMPARISONS),
    *(f"ReplaceUnaryOperator_{pair}" for pair in UNARY),
    *OTHERS,
)
Position = tuple[int, int]  # line from 1, column from 0


@dataclass(frozen=True, slots=True)
class Change:
    """One change: the `occurrence`-th thing in a module that an operator can change."""

    operator: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a module, relative to the repository, and every change possible there."""

    module: Path
    line: int
    column: int
    changes: tuple[Change, ...]


def find_sites(repository: Path) -> list[Site]:
    """Return every site of the pure rooms, in an order that depends on the code alone."""
    paths = (path for room in ROOMS for path in sorted((repository / room).rglob("*.py")))
    return [
        site
        for path in paths
        for site in _sites(path.relative_to(repository), path.read_text("utf-8"))
    ]


def mutate(source: str, change: Change) -> str | None:
    """Return the source of a module with a change made, None where that makes no Python."""
    try:
        mutated: str = mutate_code(source, _operator(change.operator), change.occurrence)
        compile(mutated, "a mutant", "exec", dont_inherit=True)
    except (AttributeError, SyntaxError):  # it fails at `except etree.XMLSyntaxError`, for one
        return None
    return mutated


def _sites(module: Path, source: str) -> Iterator[Site]:
    changes: defaultdict[Position, list[Change]] = defaultdict(list)
    nodes = list(ast_nodes(get_ast(source)))
    # The `*` and `/` between parameters are operators to the parser; only callers see them.
    separators = {node.start_pos for node in nodes if _is_separator(node)}
    for name in OPERATORS:
        operator = _operator(name)
        starts = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, start in enumerate(starts):
            changes[start].append(Change(name, occurrence))
    # Here columns are characters, to `ast` they are bytes: for it, every character is made one.
    unseen = list(_unseen(ast.parse(re.sub(r"[^\x00-\x7f]", "?", source))))
    for start, found in sorted(changes.items()):
        if start not in separators and not any(first <= start < end for first, end in unseen):
            yield Site(module, *start, tuple(found))


def _unseen(tree: ast.Module) -> Iterator[tuple[Position, Position]]:
    """Yield from where to where no change can be seen by a test of behaviour."""
    for node in ast.walk(tree):
        match node:
            case ast.arg(annotation=ast.expr() as annotation):
                yield _span(annotation)  # read by the type checker, not evaluated
            case ast.AnnAssign(annotation=annotation):
                yield _span(annotation)
            case ast.FunctionDef(returns=returns, decorator_list=decorators):
                if returns is not None:
                    yield _span(returns)
                yield from map(_with_sign, filter(_is_cache, decorators))  # saves time only
            case ast.keyword(arg="strict" | "frozen" | "slots", value=value):
                yield _span(value)  # these keep programmers from mistakes, not users


def _is_separator(node: Any) -> bool:
    return node.type == "operator" and node.parent.type in {"parameters", "param"}


def _is_cache(decorator: ast.expr) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(function, ast.Name) and function.id in {"cache", "lru_cache"}


def _with_sign(decorator: ast.expr) -> tuple[Position, Position]:
    start, end = _span(decorator)
    return (start[0], start[1] - 1), end


def _span(node: ast.expr) -> tuple[Position, Position]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _operator(name: str) -> Any:
    return get_operator(f"core/{name}")()
