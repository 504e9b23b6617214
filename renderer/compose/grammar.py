"""What our dialect adds to a parsed template: known names only, and calls that data cannot hide.

A variable may be called `date` and a function too: a name that is called becomes the function's
private name, so that `{{ date }}` prints the data and `{{ date(x) }}` calls the function.
"""

from collections.abc import Collection

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import Environment

from renderer.compose.names import nearest

__all__ = ["PRIVATE", "MisspeltError", "settle"]

PRIVATE = "platen_fn_"
"""Prefix of the private names under which functions stand among the globals."""

_CALLED_BY_JINJA = frozenset({"caller", "loop", "self", "super", "varargs", "kwargs"})

_SAFE = (
    "there is no filter 'safe': a template cannot switch escaping off. Declare the variable with "
    '"allowRawHtml": true instead'
)
_AUTOESCAPE = (
    "escaping cannot be switched off in a template. Declare the variables that hold HTML with "
    '"allowRawHtml": true instead'
)
_OTHERS = "a template cannot import or extend another one: include it, or write its text here"
_INCLUDE = "include names one template of the workspace in quotes: {% include 'header' %}"


class MisspeltError(TemplateSyntaxError):
    """A name that the language does not have. `suggestion` is the nearest that it has."""

    def __init__(self, kind: str, name: str, known: Collection[str], place: int) -> None:
        self.suggestion = nearest(name, known)
        hint = f" Did you mean {self.suggestion!r}?" if self.suggestion else ""
        super().__init__(f"there is no {kind} {name!r}.{hint}", place)


def _own_names(tree: nodes.Template) -> set[str]:
    """Names that the template itself gives: macros, set, loop variables, parameters."""
    names = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    names |= {macro.name for macro in tree.find_all(nodes.Macro)}
    return names | _CALLED_BY_JINJA


def _settle_calls(tree: nodes.Template, functions: Collection[str]) -> None:
    own = _own_names(tree)
    for call in tree.find_all(nodes.Call):
        target = call.node
        if isinstance(target, nodes.Name) and target.name not in own:
            if target.name not in functions:
                raise MisspeltError("function", target.name, functions, target.lineno)
            target.name = PRIVATE + target.name


def _judge_filters(tree: nodes.Template, environment: Environment) -> None:
    for node in tree.find_all(nodes.Filter):
        if node.name == "safe":
            raise TemplateSyntaxError(_SAFE, node.lineno)
        if node.name not in environment.filters:
            raise MisspeltError("filter", node.name, environment.filters, node.lineno)
    for node in tree.find_all(nodes.Test):
        if node.name not in environment.tests:
            raise MisspeltError("test", node.name, environment.tests, node.lineno)


def _judge_statements(tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.ScopedEvalContextModifier):
        if all(isinstance(one.value, nodes.Const) and one.value.value for one in node.options):
            continue  # `{% autoescape true %}` asks for what is done anyhow
        raise TemplateSyntaxError(_AUTOESCAPE, node.lineno)
    for node in tree.find_all(nodes.Include):
        if not (isinstance(node.template, nodes.Const) and isinstance(node.template.value, str)):
            raise TemplateSyntaxError(_INCLUDE, node.lineno)
    others = (nodes.Extends, nodes.Import, nodes.FromImport)
    for node in tree.find_all(others):
        raise TemplateSyntaxError(_OTHERS, node.lineno)


def settle(
    tree: nodes.Template, environment: Environment, functions: Collection[str]
) -> nodes.Template:
    """The tree with its calls settled. Raises TemplateSyntaxError with a place for what is not
    in the language.
    """
    _judge_statements(tree)
    _judge_filters(tree, environment)
    _settle_calls(tree, functions)
    return tree
