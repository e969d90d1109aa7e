"""What Jinja makes of a template: the same, with fewer calls where our templates need none.

A message's templates name two hundred keys, write a hundred values, and look up a dozen macros, sentences and parts.
Each of that is a function of Jinja's that asks first what else it might be.
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, optimizeconst
from markupsafe import Markup, escape

METHODS = frozenset(dir(dict))
"""What a template calls of a dictionary, whatever keys it has: a page may tell of its visitor that their "items" …"""

SENTENCES = frozenset({"_", "gettext", "ngettext"})
"""Functions that are to be given nothing of the template's."""


def written(value: Any) -> str:
    """A value as it is put into HTML, where it is joined to what is text already."""
    kind = type(value)
    if kind is str and value.isalnum():
        return value  # type: ignore[no-any-return]
    if kind is int:
        return str(value)
    return value if kind is Markup else escape(value)


class QuickCode(CodeGenerator):
    """Writes the Python code of a template."""

    @optimizeconst
    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        """`shape.key`: nearly always of a dictionary that has this key."""
        if node.attr in METHODS:
            super().visit_Getattr(node, frame)
            return
        self.write("(of[")
        self.write(f"{node.attr!r}] if type(of := ")
        self.visit(node.node, frame)
        self.write(f") is dict and {node.attr!r} in of else environment.getattr(of, {node.attr!r}))")

    @optimizeconst
    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """A call; of what finds a sentence, a plain one."""
        if not isinstance(node.node, nodes.Name) or node.node.name not in SENTENCES or node.dyn_args or node.dyn_kwargs:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")

    def _import_common(self, node: nodes.Import | nodes.FromImport, frame: Frame) -> None:
        """What a template has macros in; they know what all templates do, and nothing of who uses them."""
        if node.with_context:
            super()._import_common(node, frame)
            return
        self.write("environment.get_template(")
        self.visit(node.template, frame)
        self.write(").module")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")
