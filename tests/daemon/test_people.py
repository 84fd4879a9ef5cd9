import getpass
import os
import pwd

import pytest

from config.loading import ConfigError
from config.people_settings import PersonSettings, Role
from daemon.actions import Person
from daemon.logins import name_of
from daemon.people import ROLE_OF, NotAllowed, People

NOBODY = 65534
WANG = PersonSettings(user="4711", name="王伟", roles=(Role.APPROVER,))


def test_a_person_is_called_by_the_login_name_the_host_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGNAME", "mallory")
    monkeypatch.setenv("USER", "mallory")

    assert getpass.getuser() == "mallory"
    assert name_of(os.getuid()) == pwd.getpwuid(os.getuid()).pw_name
    assert name_of(NOBODY) == pwd.getpwuid(NOBODY).pw_name


def test_a_uid_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)

    assert name_of(os.getuid()) == str(os.getuid())
    assert name_of(123456) == "123456"


def test_on_a_fresh_machine_root_and_the_daemons_user_may_do_everything() -> None:
    people = People.of((), own_uid=1000)

    assert people.roles_of(0) == people.roles_of(1000) == frozenset(Role)
    for verb in ROLE_OF:
        assert people.require(1000, verb).uid == 1000


def test_where_nobody_is_named_two_accounts_of_the_machine_are_one_person() -> None:
    people = People.of((), own_uid=1000)
    root, own = people.require(0, "resolve"), people.require(1000, "resolve")

    assert (root.uid, own.uid) == (1000, 1000)
    assert root.name == "root"
    assert (root.is_named, own.is_named) == (False, False)
    assert People.of((WANG,), own_uid=1000).require(4711, "approve").is_named


@pytest.mark.parametrize("verb", sorted(ROLE_OF))
def test_a_stranger_may_not_even_look(verb: str) -> None:
    for people in (People.of((), own_uid=1000), People.of((WANG,), own_uid=1000)):
        with pytest.raises(NotAllowed, match="nobody this daemon knows"):
            people.require(NOBODY, verb)
        assert people.roles_of(NOBODY) == frozenset()


def test_as_soon_as_anybody_is_named_root_is_a_stranger() -> None:
    people = People.of((WANG,), own_uid=1000)

    for uid in (0, 1000):
        with pytest.raises(NotAllowed):
            people.require(uid, "status")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("verb", sorted(ROLE_OF))
def test_every_verb_takes_its_role_and_no_other(verb: str, role: Role) -> None:
    people = People.of((WANG.model_copy(update={"roles": (role,)}),), own_uid=1000)

    if ROLE_OF[verb] in (Role.VIEWER, role):
        assert people.require(4711, verb) == Person("王伟", 4711)
    else:
        with pytest.raises(NotAllowed, match=ROLE_OF[verb].value):
            people.require(4711, verb)


@pytest.mark.parametrize(("uid", "may"), [(4711, True), (NOBODY, False)])
def test_a_page_can_ask_what_somebody_may_do_without_being_refused(uid: int, *, may: bool) -> None:
    people = People.of((WANG,), own_uid=1000)

    assert people.may(uid, "approve") is may
    assert people.may(uid, "halt") is False


def test_a_login_name_is_looked_up_on_the_host() -> None:
    entry = WANG.model_copy(update={"user": name_of(os.getuid())})

    assert People.of((entry,), own_uid=1000).require(os.getuid(), "status").name == "王伟"


@pytest.mark.parametrize(
    ("entries", "key", "words"),
    [
        ((WANG.model_copy(update={"user": "no-such-login"}),), "people.0.user", "no-such-login"),
        ((WANG, WANG), "people.1.user", "named twice"),
    ],
)
def test_a_login_nobody_has_and_one_named_twice_are_no_configuration(
    entries: tuple[PersonSettings, ...], key: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        People.of(entries, own_uid=1000)

    assert caught.value.problems[0].key == key


@pytest.mark.parametrize("name", ["auto", "sage-execd", "AUTO", " wang", " "])
def test_no_person_is_called_what_the_journal_calls_a_machine(name: str) -> None:
    with pytest.raises(ValueError, match="nobody"):
        PersonSettings(user="4711", name=name, roles=(Role.VIEWER,))


def test_a_person_without_a_role_is_no_configuration() -> None:
    with pytest.raises(ValueError, match="roles"):
        PersonSettings(user="4711", name="wang", roles=())


def test_people_who_become_others_are_only_those() -> None:
    people = People.of((), own_uid=1000)

    people.become(People.of((WANG,), own_uid=1000))

    assert people.may(4711, "approve")
    assert not people.may(1000, "status")
