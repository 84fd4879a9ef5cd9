from pathlib import Path

import pytest

from config.loading import ConfigError, parse_settings
from config.settings import Settings
from daemon.user_namespace import UID_MAP, require_seen

# Root and one service user, as PrivateUsers=yes maps them.
PRIVATE = "         0          0          1\n       990        990          1\n"
OTHERS = """
intake: {owner_uids: [1001]}
people: [{user: "0", name: wang, roles: [viewer]}, {user: "1002", name: li, roles: [viewer]}]
"""


def test_users_that_look_alike_from_inside_may_not_be_named() -> None:
    with pytest.raises(ConfigError) as caught:
        require_seen(parse_settings(OTHERS, "f"), PRIVATE)

    assert [problem.key for problem in caught.value.problems] == ["intake.owner_uids", "people"]
    assert "uid 1002 cannot be seen" in str(caught.value)
    assert "PrivateUsers=no" in str(caught.value)


def test_who_is_seen_may_be_named() -> None:
    require_seen(Settings(), PRIVATE)
    require_seen(parse_settings("intake: {owner_uids: [990]}\n", "f"), PRIVATE)
    require_seen(parse_settings(OTHERS, "f"), "0 0 4294967295\n")
    unknown = "people: [{user: nobody-of-that-name, name: li, roles: [viewer]}]\n"
    require_seen(parse_settings(unknown, "f"), PRIVATE)


def test_the_kernel_says_who_is_seen() -> None:
    assert Path(UID_MAP).read_text().split()
