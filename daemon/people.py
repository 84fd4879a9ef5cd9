"""Who may do what: uids that the kernel vouches for, mapped to names and roles.

A uid that is not listed gets nothing. With an empty list root and the daemon's own user have every
role, so that a fresh machine works; both are one person, whoever holds one can become the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from config.loading import ConfigError, ConfigProblem
from config.people_settings import PersonSettings, Role
from daemon.actions import Person
from daemon.logins import ROOT_UID, name_of, uid_of

# Every verb of every door with the role it asks for; who has any role may look.
ROLE_OF: Mapping[str, Role] = MappingProxyType(
    {
        "status": Role.VIEWER,
        "inbox": Role.VIEWER,
        "runs": Role.VIEWER,
        "show": Role.VIEWER,
        "report": Role.VIEWER,
        "reports": Role.VIEWER,
        "plan": Role.VIEWER,
        "rehearsal": Role.VIEWER,
        "manual": Role.VIEWER,
        "halted": Role.VIEWER,
        "alerts": Role.VIEWER,
        "breaks": Role.VIEWER,
        "orders": Role.VIEWER,
        "story": Role.VIEWER,
        "account": Role.VIEWER,
        "system": Role.VIEWER,
        "verify": Role.VIEWER,
        "console_token": Role.VIEWER,
        "approve": Role.APPROVER,
        "release_line": Role.APPROVER,
        "decline": Role.APPROVER,
        "rehearse_plan": Role.APPROVER,
        "liquidate": Role.OPERATOR,
        "resolve": Role.OPERATOR,
        "acknowledge": Role.OPERATOR,
        "alert_test": Role.OPERATOR,
        "adopt": Role.OPERATOR,
        "resume": Role.OPERATOR,
        "arm_live": Role.OPERATOR,
        "reconcile": Role.OPERATOR,
        "submit": Role.OPERATOR,
        "halt": Role.KILLER,
    }
)


class NotAllowed(Exception):
    """This uid may not do that; the sentence says what it lacks, in both languages."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.chinese = chinese


@dataclass(frozen=True, slots=True)
class Member:
    """A person with their roles, and the login's uid where that is not the person's."""

    person: Person
    roles: frozenset[Role]
    login_uid: int | None = None

    @property
    def uid(self) -> int:
        """The uid they are known by at the door."""
        return self.person.uid if self.login_uid is None else self.login_uid


class People:
    """The people of one daemon, as read at start or at the last reload."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._members = {member.uid: member for member in members}

    @staticmethod
    def of(settings: Iterable[PersonSettings], own_uid: int) -> "People":
        """Read the setting `people`; ConfigError for a login that the host does not know."""
        named = tuple(settings)
        if not named:
            return People(
                Member(Person(name_of(uid), own_uid, is_named=False), frozenset(Role), uid)
                for uid in (ROOT_UID, own_uid)
            )
        members: dict[int, Member] = {}
        for index, entry in enumerate(named):
            uid = _uid_of(entry.user, index)
            if uid in members:
                raise _wrong(index, f"uid {uid} is named twice")
            members[uid] = Member(Person(entry.name, uid), frozenset(entry.roles))
        return People(members.values())

    def become(self, others: "People") -> None:
        """Forget who was known, at every door at once; from now on it is these."""
        self._members = others._members  # noqa: SLF001 - of the same class

    def require(self, uid: int, verb: str) -> Person:
        """Return the person with this uid; NotAllowed where they may not use the verb."""
        member, role = self._members.get(uid), ROLE_OF[verb]
        if member is None:
            raise NotAllowed(
                f"uid {uid} ({name_of(uid)}) is nobody this daemon knows",
                f"本程序不认识 uid {uid}（{name_of(uid)}）",
            )
        if role is not Role.VIEWER and role not in member.roles:
            raise NotAllowed(
                f"{member.person.name} has not the role {role.value} that this needs",
                f"{member.person.name} 没有此操作所需的角色 {role.value}",
            )
        return member.person

    def may(self, uid: int, verb: str) -> bool:
        """Whether somebody may use a verb; what a page need not offer."""
        try:
            self.require(uid, verb)
        except NotAllowed:
            return False
        return True

    def roles_of(self, uid: int) -> frozenset[Role]:
        """Return the roles of a uid, none for a stranger."""
        member = self._members.get(uid)
        return frozenset() if member is None else member.roles


def _uid_of(user: str, index: int) -> int:
    try:
        return uid_of(user)
    except KeyError as error:
        raise _wrong(index, f"the host knows no user {user!r}") from error


def _wrong(index: int, message: str) -> ConfigError:
    return ConfigError((ConfigProblem("the configuration", None, f"people.{index}.user", message),))
