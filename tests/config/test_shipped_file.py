"""config/app/broker.yaml lists every setting once, with the default as its value."""

from collections.abc import Iterator
from pathlib import Path

import config
from config.group import Group
from config.loading import load_settings
from config.settings import Settings
from config.yaml_document import Section, parse_yaml
from market.rule_table import OPEN_QUESTIONS

SHIPPED = Path(next(iter(config.__path__))) / "app" / "broker.yaml"


def keys_of_model(group: type[Group], path: str = "") -> Iterator[str]:
    for name, field in group.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Group):
            yield from keys_of_model(inner, f"{path}{name}.")
        else:
            yield path + name


def keys_of_file(section: Section, path: str = "") -> Iterator[str]:
    for name, node in section.entries.items():
        if isinstance(node, Section):
            yield from keys_of_file(node, f"{path}{name}.")
        else:
            yield path + name


def test_the_shipped_values_are_the_defaults() -> None:
    assert load_settings(SHIPPED) == Settings()


def test_the_shipped_file_lists_every_setting_once_and_in_order() -> None:
    document = parse_yaml(SHIPPED.read_text(encoding="utf-8"))

    assert isinstance(document, Section)
    assert list(keys_of_file(document)) == list(keys_of_model(Settings))


def test_what_is_not_verified_about_the_market_is_a_setting_of_the_file() -> None:
    named = {question.setting for question in OPEN_QUESTIONS if question.setting}

    assert named <= set(keys_of_model(Settings))


def test_every_number_of_the_shipped_file_says_its_unit_or_reason() -> None:
    for line in SHIPPED.read_text(encoding="utf-8").splitlines():
        value = line.partition(":")[2].strip()
        if line.startswith(" ") and value[:1].isdigit() and "lunch_no_cancel_to" not in line:
            assert " # " in line, line
