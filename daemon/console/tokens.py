"""Who may log in: one 256-bit token a person, in a file of the state directory."""

import hmac
import json
from dataclasses import dataclass
from pathlib import Path

from daemon.actions import Person
from daemon.artifacts.files import write_atomically
from daemon.keys import KeyUnusable
from daemon.randomness import Randomness

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Holder:
    """A person and the token that stands for them in a browser."""

    person: Person
    token: str


class Tokens:
    """The tokens of this state directory; the unix socket's peer decides whose token is told."""

    def __init__(self, path: Path, randomness: Randomness) -> None:
        self._path = path
        self._randomness = randomness
        self._holders = {holder.person.uid: holder for holder in _read(path)}

    def token_of(self, person: Person, *, fresh: bool = False) -> str:
        """Return a person's token, made when first asked for; `fresh` voids the one before."""
        holder = self._holders.get(person.uid)
        if holder is None or fresh:
            holder = Holder(person, self._randomness.token_hex(TOKEN_BYTES))
            self._keep({**self._holders, person.uid: holder})
        return holder.token

    def person_of(self, token: str) -> Person | None:
        """Return whose token it is; every token is compared, in constant time."""
        given = token.encode()
        found = None
        for holder in self._holders.values():
            if hmac.compare_digest(holder.token.encode(), given):
                found = holder.person
        return found

    def _keep(self, holders: dict[int, Holder]) -> None:
        rows = [
            {"name": holder.person.name, "uid": holder.person.uid, "token": holder.token}
            for holder in holders.values()
        ]
        write_atomically(self._path, json.dumps(rows, ensure_ascii=False).encode())
        self._holders = holders


def _read(path: Path) -> list[Holder]:
    """Return what the file holds, nothing where there is none. Raises KeyUnusable."""
    if not path.exists():
        return []
    try:
        rows = json.loads(path.read_bytes())
        holders = [
            Holder(Person(str(row["name"]), int(row["uid"])), str(row["token"])) for row in rows
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise KeyUnusable(f"{path} holds no tokens: remove it, and new ones are made") from error
    if any(len(holder.token) != 2 * TOKEN_BYTES for holder in holders):
        raise KeyUnusable(f"{path} holds a token that is too short: remove the file")
    return holders
