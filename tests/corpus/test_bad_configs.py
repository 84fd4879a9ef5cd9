"""Every bad configuration is refused with its line and key, and quickly."""

from pathlib import Path

import pytest

from config.loading import ConfigError, load_settings, parse_settings
from tests.corpus.bad_configs import ANY_KEY, ANY_LINE, GOOD, BadConfig, all_bad_configs

BAD_CONFIGS = all_bad_configs()


@pytest.mark.parametrize("text", GOOD)
def test_what_is_spoiled_here_is_good_to_begin_with(text: str) -> None:
    parse_settings(text, "broker.yaml")


@pytest.mark.parametrize("config", BAD_CONFIGS, ids=lambda config: config.name)
@pytest.mark.timeout(10)
def test_the_configuration_is_refused_with_line_and_key(config: BadConfig) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(config.text, "broker.yaml")

    first = caught.value.problems[0]
    assert first.message
    if config.line != ANY_LINE:
        assert first.line == config.line
    if config.key != ANY_KEY:
        # An item of a list is named after the list.
        assert (first.key == config.key) or first.key.startswith(f"{config.key}.")


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", "mode: 银".encode("gbk"), b"mode: paper\x00\n", b"x" * 1_000_001],
    ids=["UTF-16", "GBK", "NUL", "1 MB"],
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broker.yaml"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"broker\.yaml"):
        load_settings(path)


def test_no_name_is_there_twice() -> None:
    assert len({config.name for config in BAD_CONFIGS}) == len(BAD_CONFIGS) >= 60
