"""Which names a module binds when it is imported, as far as its text tells."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_NEVER_RUN = ("__name__ == '__main__'", "TYPE_CHECKING", "typing.TYPE_CHECKING")


@dataclass(frozen=True)
class Binding:
    """One statement that binds a name. *is_certain*: it stands at the top level, so that import always comes by."""

    statement: ast.stmt
    is_certain: bool

    @property
    def function(self) -> _Function | None:
        """The definition, when it is one that no decorator changes and no branch leaves out."""
        statement = self.statement
        if not isinstance(statement, _Function) or statement.decorator_list or not self.is_certain:
            return None
        return statement


@dataclass(frozen=True)
class Bindings:
    """Names of a module, each with the binding that comes last. *is_open*: there may be more than the text tells."""

    last: dict[str, Binding]
    is_open: bool


def module_bindings(module: ast.Module) -> Bindings:
    """List what importing *module* binds; a star import, or a function that says ``global``, may bind anything."""
    last: dict[str, Binding] = {}
    is_open = False
    for statement, is_certain in _executed(module.body):
        names = set(_bound_names(statement))
        is_open |= "*" in names
        last.update({name: Binding(statement, is_certain) for name in names})
    for node in ast.walk(module):
        if isinstance(node, ast.Global):
            for name in node.names:
                last.setdefault(name, Binding(node, is_certain=False))
    return Bindings(last, is_open)


def _executed(body: list[ast.stmt], *, is_certain: bool = True) -> Iterator[tuple[ast.stmt, bool]]:
    """Walk the statements that import may execute, not into functions and classes."""
    for statement in body:
        yield statement, is_certain
        if isinstance(statement, ast.If) and ast.unparse(statement.test) in _NEVER_RUN:
            yield from _executed(statement.orelse, is_certain=False)
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _executed(_blocks(statement), is_certain=False)


def _blocks(statement: ast.stmt) -> list[ast.stmt]:
    inner: list[ast.stmt] = []
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            inner.append(child)
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            inner.extend(child.body)
    return inner


def _bound_names(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
    elif not isinstance(statement, ast.AnnAssign) or statement.value is not None:
        yield from (name for part in _own_parts(statement) for name in _stored(part))


def _own_parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the expressions of *statement* itself; statements inside it are walked on their own."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.expr | ast.withitem):
            yield child


def _stored(part: ast.AST) -> Iterator[str]:
    for node in ast.walk(part):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
