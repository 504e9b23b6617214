"""`variableBindings`: properties of an object that are a variable's value, whatever its kind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from renderer.compose.canvas.place import Place, refused

__all__ = ["Binding", "bindings_of"]


@dataclass(frozen=True, slots=True)
class Binding:
    """A property, by its dotted path, and the variable that it is; `place` says where."""

    variable: str
    path: str
    place: Place

    @property
    def steps(self) -> list[str]:
        """The property's path, one name at least."""
        return self.path.split(".")


def bindings_of(given: Mapping[str, Any], place: Place) -> Iterator[Binding]:
    """The bindings of one object. Raises JobError for what is none."""
    said = given.get("variableBindings")
    if said is None:
        return
    here = place.at("variableBindings")
    if not isinstance(said, list):
        raise refused(here, 'must be a list of {"variableName", "property"}')
    for index, one in enumerate(said):
        names = [one.get(name) for name in ("variableName", "property")] if _is_map(one) else []
        if len(names) != 2 or not all(isinstance(name, str) and name.strip() for name in names):
            raise refused(here.at(index), 'must be {"variableName": "...", "property": "..."}')
        yield Binding(str(names[0]).strip(), str(names[1]).strip(), here.at(index))


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)
