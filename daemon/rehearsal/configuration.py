"""The daemon's configuration in a rehearsal: the caller's file with the stage laid over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from config.loading import ConfigError, load_settings
from daemon.rehearsal.options import RehearsalError, RehearsalOptions

# Laid over key by key; every other section of the stage takes the place of the caller's.
MERGED = ("flow",)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the daemon of a rehearsal finds things."""

    endpoint: str
    account: str
    inbox: Path
    state: Path
    archive: Path
    socket: Path


def configuration_text(options: RehearsalOptions, places: Places) -> str:
    """Return the YAML the daemon starts with.

    What the caller set keeps the characters it was written with: read by YAML 1.1, 14:50 would
    become a number. Raises RehearsalError where the caller's file is not sound.
    """
    laid = _node(yaml.safe_dump(_laid_over(options, places), allow_unicode=True))
    merged = _merged(_given(options.config), laid)
    text: str = yaml.serialize(_in_block_style(merged), Dumper=yaml.BaseDumper, allow_unicode=True)
    return text


def _given(config: Path | None) -> yaml.MappingNode:
    if config is None:
        return _node("{}")
    try:
        load_settings(config)
    except ConfigError as error:
        raise RehearsalError(str(error)) from error
    return _node(config.read_text(encoding="utf-8-sig"))


def _node(text: str) -> yaml.MappingNode:
    node = yaml.compose(text, Loader=yaml.BaseLoader)
    if not isinstance(node, yaml.MappingNode):
        raise RehearsalError("the configuration is not a mapping of keys")
    return node


def _merged(given: yaml.MappingNode, laid: yaml.MappingNode) -> yaml.MappingNode:
    entries = {key.value: (key, value) for key, value in given.value}
    for key, value in laid.value:
        before = entries.get(key.value, (key, None))[1]
        merges = key.value in MERGED and isinstance(before, yaml.MappingNode)
        entries[key.value] = (key, _merged(before, value) if merges else value)
    return yaml.MappingNode(given.tag, list(entries.values()))


def _in_block_style(node: yaml.Node) -> yaml.Node:
    """Return the node with every level on lines of its own: there, no plain value needs quotes."""
    if isinstance(node, yaml.CollectionNode):
        node.flow_style = False
        for child in node.value:
            for part in child if isinstance(child, tuple) else (child,):
                _in_block_style(part)
    return node


def _laid_over(options: RehearsalOptions, places: Places) -> Mapping[str, Any]:
    instruments = options.market / "instruments.csv"
    paths = {
        "inbox": str(places.inbox.absolute()),
        "state": str(places.state.absolute()),
        "archive": str(places.archive.absolute()),
        "socket": str(places.socket),
        "market": str(options.market.resolve()),
    }
    if instruments.is_file():
        paths["instruments"] = str(instruments.resolve())
    pingan = {
        "enabled": True,
        "endpoint": places.endpoint,
        "client_id": "rehearsal",
        "account_id": places.account,
    }
    return {
        "mode": "paper",
        "clock": "stepped",
        "brokers": {"pingan": pingan},
        "paths": paths,
        "http": {"port": options.metrics_port},
        "flow": {"messages_per_day": options.messages_per_day},
        "approve_gaps": options.approve_gaps,
    }
