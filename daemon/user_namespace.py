"""Users that a service manager hides: in a user namespace (PrivateUsers=) others look alike."""

from collections.abc import Iterable
from pathlib import Path

from config.loading import ConfigError, ConfigProblem
from config.settings import Settings
from daemon.logins import uid_of

UID_MAP = Path("/proc/self/uid_map")


def require_seen(settings: Settings, uid_map: str) -> None:
    """Raise ConfigError where a named user cannot be told from others; `uid_map` as the kernel's.

    Whose a file is and who calls at the socket would be decided by the wrong uid.
    """
    named = [("intake.owner_uids", uid) for uid in settings.intake.owner_uids]
    named += [("people", uid) for person in settings.people for uid in _known(person.user)]
    hidden = [(key, uid) for key, uid in named if not _is_mapped(uid, uid_map)]
    if hidden:
        raise ConfigError(
            tuple(
                ConfigProblem(
                    "the configuration",
                    None,
                    key,
                    f"uid {uid} cannot be seen from this user namespace: set PrivateUsers=no",
                )
                for key, uid in hidden
            )
        )


def _known(user: str) -> tuple[int, ...]:
    """Return the uid of a login; a login that the host lacks is refused elsewhere."""
    try:
        return (uid_of(user),)
    except KeyError:
        return ()


def _is_mapped(uid: int, uid_map: str) -> bool:
    return any(first <= uid < first + count for first, count in _ranges(uid_map))


def _ranges(uid_map: str) -> Iterable[tuple[int, int]]:
    """Yield first uid inside and count of each line "inside outside count"."""
    for line in uid_map.splitlines():
        inside, _, count = map(int, line.split())
        yield inside, count
