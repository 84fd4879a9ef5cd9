import os
import pwd

import pytest

from daemon.logins import name_of, uid_of


def test_a_login_and_its_uid_lead_to_each_other() -> None:
    assert uid_of(pwd.getpwuid(os.getuid()).pw_name) == os.getuid()
    assert uid_of(name_of(os.getuid())) == os.getuid()


def test_digits_are_a_uid_whether_the_host_knows_it_or_not() -> None:
    assert uid_of("4711") == 4711


def test_a_login_nobody_has_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        uid_of("no-such-login")
