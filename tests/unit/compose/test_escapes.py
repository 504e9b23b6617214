"""T04: attempts to leave the sandbox give an error or nothing; what they look for is not printed."""

import pytest
from jinja2 import TemplateError

from renderer.compose.arithmetic import LimitError
from renderer.compose.functions.table import FUNCTIONS

JINJA_GLOBALS = ("range", "dict", "namespace", "cycler", "joiner")

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ ''|attr('__cla' ~ 'ss__') }}",
    "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ ''|attr(['_'*2, 'class', '_'*2]|join('')) }}",
    "{{ [''] | map(attribute='__class__') | list }}",
    "{{ [''] | map('attr', '__class__') | list }}",
    "{{ [''] | groupby('__class__') }}",
    "{{ [''] | selectattr('__class__') | list }}",
    "{{ [''] | sort(attribute='__class__') }}",
    "{{ [''] | sum(attribute='__class__') }}",
    "{{ [''] | unique(attribute='__class__') | list }}",
    "{{ join([''], ',', '__class__') }}",
    "{{ '{0.__class__}'.format('') }}",
    "{{ '{0.__class__.__mro__}'.format('') }}",
    "{{ '{x.__class__}'.format_map({'x': ''}) }}",
    "{% set f = '{0.__class__}'.format %}{{ f('') }}",
    "{{ ('{0.__class__}' | attr('format'))('') }}",
    "{{ ['{0.__class__}'] | map('format', '') | list }}",
    "{{ '%(__class__)s' % {} }}",
    "{{ range.__init__ }}",
    "{{ platen_fn_range.__globals__ }}",
    "{{ platen_fn_currency.__globals__ }}",
    "{{ platen_fn_namespace.__init__.__globals__ }}",
    "{{ cycler('a').__init__.__globals__ }}",
    "{{ joiner.__init__ }}",
    "{{ namespace().__init__.__globals__ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{% for a in [1] %}{{ loop.__class__ }}{{ loop._iterable }}{% endfor %}",
    "{% macro m() %}{{ caller.__code__ }}{% endmacro %}{{ m.__call__ }}{{ m._func }}",
    "{% macro m() %}{% endmacro %}{{ m._environment }}",
    "{{ nope.__class__ }}",
    "{{ nope.__init__.__globals__ }}",
    "{{ nope._undefined_hint }}{{ nope._undefined_exception }}",
    "{{ now().__class__ }}",
    "{{ now().tzinfo.__class__ }}",
    "{{ dict.mro() }}",
    "{{ dict.__base__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ config }}{{ request }}{{ get_flashed_messages }}",
    "{{ qr.__globals__ }}",
    "{{ (1).__class__ }}{{ 1.0.real.__class__ }}",
    "{{ [].append(1) }}",
    "{{ {}.update({'a': 1}) }}",
    "{{ data.pop('a') }}",
    "{{ data.__setitem__('a', 1) }}",
    "{% do data.clear() %}",
    "{% set data.a = 1 %}",
    "{{ ''.join.__self__ }}",
    "{{ (data | json).__html__.__globals__ }}",
    "{{ qr('a').__class__ }}",
    "{{ ().__reduce_ex__(2) }}",
    "{{ ''.encode().__class__ }}",
    "{{ data.items().__class__ }}",
    "{{ parseJson('{\"__class__\": 1}').__class__.__mro__ }}",
    "{{ [''] | rejectattr('__class__') | list }}",
    "{{ [''] | min(attribute='__class__') }}{{ [''] | max(attribute='__class__') }}",
    "{{ [''] | map(attribute='__class__.__mro__') | list }}",
    "{{ [{'a': ''}] | groupby('a.__class__.__init__.__globals__') }}",
    "{{ ['__class__'] | map('attr', '__init__') | list }}",
    "{{ '' | attr('__class__' | string) | attr('__base__') }}",
    "{{ '%s' | format(''.__class__) }}{{ '%r' | format(range) }}",
    "{{ '{0.__init__.__globals__}' | replace('x', 'y') | attr('format')(joiner) }}",
    "{{ (data | string).format(**{'a': ''}).__class__ }}",
    "{% include '/etc/passwd' %}",
    "{% include '../../etc/' ~ 'passwd' %}",
    "{% include ''.__class__.__name__ %}",
    "{% include '{0.__class__}'.format('') %}",
    "{% include ['a', '/etc/passwd'] ignore missing %}",
    "{% import '/proc/self/environ' as secrets %}{{ secrets }}",
    "{% from 'os' import environ %}{{ environ }}",
    "{% extends data.__class__.__module__ %}",
    "{{ data | tojson.__globals__ }}",
    "{{ caller }}{{ varargs }}{{ kwargs }}{{ context }}{{ environment }}{{ eval }}{{ exec }}",
    "{{ __import__('os').environ }}{{ open('/etc/passwd').read() }}",
    "{% set x = cycler %}{{ x.__init__ }}{{ x('a').reset.__func__.__globals__ }}",
    "{% for x in data.__iter__.__self__.__class__.__subclasses__() %}{{ x }}{% endfor %}",
    "{% filter attr('__class__') %}x{% endfilter %}",
    "{% with x = ''.__class__ %}{{ x.__mro__ }}{% endwith %}",
]
WALKS = (
    "__globals__",
    "__code__",
    "__closure__",
    "__self__",
    "__wrapped__",
    "__module__",
    "__dict__",
)


@pytest.mark.parametrize("source", ESCAPES)
@pytest.mark.parametrize("strict", [False, True])
def test_T04_the_sandbox_holds(show, source: str, strict: bool):
    try:
        out = show(source, _strict=strict, data={"a": "value"})
    except (TemplateError, TypeError, ValueError, AttributeError, KeyError, LimitError):
        return
    assert not any(
        word in out for word in ("<class", "class &#39;", "<function", "builtin", "object at")
    )
    assert "globals" not in out
    assert "module" not in out


def test_T04_data_are_not_changed_by_a_template(show):
    data = {"list": [1], "object": {"a": 1}}
    with pytest.raises(TemplateError):
        show("{{ list.append(2) }}", **data)
    assert data == {"list": [1], "object": {"a": 1}}


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("reach", ["{{ NAME.WALK }}", "{{ NAME | attr('WALK') }}"])
def test_T04_no_function_of_ours_leads_out(show, reach: str, walk: str):
    """Each function and filter of the language, in one walk after the other."""
    for name in sorted({*FUNCTIONS, *JINJA_GLOBALS}):
        source = reach.replace("NAME", name).replace("WALK", walk)
        try:
            out = show(source)
        except (TemplateError, TypeError, ValueError, AttributeError, KeyError, LimitError):
            continue
        assert out == "", f"{source} printed {out[:80]}"
