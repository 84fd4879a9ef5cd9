import pytest

from market.strict_yaml import StrictYamlError, load_strict_yaml


@pytest.mark.parametrize(
    "scalar",
    [
        "000001",
        "002415",
        "002594",
        "19:30",
        "09:30",
        "2026-07-06",
        "0x10",
        "1e3",
        "1_000",
        "0.10",
        "+5",
        "-5",
        ".5",
        "no",
        "On",
        "YES",
        "~",
        "True",
    ],
)
def test_a_scalar_that_readers_disagree_about_must_be_quoted(scalar: str) -> None:
    with pytest.raises(StrictYamlError, match=r"rules.yaml, line 2: .* must be quoted"):
        load_strict_yaml(f"a: 1\nb: {scalar}\n", "rules.yaml")

    assert load_strict_yaml(f'b: "{scalar}"', "rules.yaml") == {"b": scalar}


def test_a_key_given_twice_is_refused_with_its_line() -> None:
    with pytest.raises(StrictYamlError, match=r"x, line 3: the key 'a' appears twice"):
        load_strict_yaml("a: 1\nb: 2\na: 3\n", "x")


def test_a_key_that_is_no_string_is_refused() -> None:
    with pytest.raises(StrictYamlError, match="the key 1 is not a string"):
        load_strict_yaml("1: 2\n", "x")


def test_plain_integers_booleans_null_and_words_are_what_they_look_like() -> None:
    document = load_strict_yaml("a: 100\nb: true\nc: null\nd: SH\ne: [0, false]\n", "x")

    assert document == {"a": 100, "b": True, "c": None, "d": "SH", "e": [0, False]}


@pytest.mark.parametrize("text", ["a: [1", "a: !!python/object:os.system x", "a: &b 1\n c"])
def test_malformed_or_tagged_text_is_refused(text: str) -> None:
    with pytest.raises(StrictYamlError, match="x, line"):
        load_strict_yaml(text, "x")
