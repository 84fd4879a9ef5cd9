"""Login names of the host and their uids."""

import pwd

ROOT_UID = 0


def name_of(uid: int) -> str:
    """Return the login name of a uid, or the number where the host knows no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def uid_of(user: str) -> int:
    """Return the uid of a login name, or of a uid in digits; KeyError where the host has none."""
    if user.isascii() and user.isdigit():
        return int(user)
    return pwd.getpwnam(user).pw_uid
