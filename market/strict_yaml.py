import re
from collections.abc import Hashable

import yaml

_INTEGER = re.compile(r"(?:0|[1-9][0-9]*)\Z")
_BOOLEAN = re.compile(r"(?:true|false)\Z")
_NULL = re.compile(r"null\Z")

# Plain scalars that YAML 1.1 turns into numbers, octals, sexagesimals, dates or booleans.
_AMBIGUOUS = re.compile(
    r"(?:[-+.]?[0-9].*|~|=|<<|y|n|yes|no|on|off|true|false|null|)\Z", re.IGNORECASE
)


class StrictYamlError(ValueError):
    """The text is not YAML as this project accepts it; the sentence names file and line."""


class _StrictLoader(yaml.SafeLoader):
    """Knows plain decimal integers, true, false and null; every other scalar is a string.

    A string that stock YAML would read as something else (000001, 2026-07-06, 09:30, no) must be
    quoted, and a key may appear once.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - declared by the base class, never changed
        **{digit: [("tag:yaml.org,2002:int", _INTEGER)] for digit in "0123456789"},
        **{letter: [("tag:yaml.org,2002:bool", _BOOLEAN)] for letter in "tf"},
        "n": [("tag:yaml.org,2002:null", _NULL)],
    }

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _error(key_node, f"the key {key!r} is not a string")
            if key in seen:
                raise _error(key_node, f"the key {key!r} appears twice")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _construct_text(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    if node.style is None and _AMBIGUOUS.match(node.value):
        raise _error(node, f"{node.value!r} must be quoted")
    return str(node.value)


def _error(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


_StrictLoader.add_constructor("tag:yaml.org,2002:str", _construct_text)


def load_strict_yaml(text: str, name: str) -> object:
    """Parse one YAML document; `name` is the file the sentence of an error names.

    Raises StrictYamlError for malformed text, a key given twice, and any plain scalar whose
    meaning differs between readers (000001, 1e3, 0.10, 2026-07-06, 09:30, yes).
    """
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise StrictYamlError(f"{name}, line {line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise StrictYamlError(f"{name}: {error}") from error
