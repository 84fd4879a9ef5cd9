"""The console as the daemon starts it: pages on loopback, tokens in the state directory."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from daemon.actions import Person
from daemon.addresses import port_or_sentence
from daemon.console.app import address_of, console_of, create_console_app, serve_console
from daemon.console.tokens import Tokens
from daemon.console.visit import Console
from daemon.control.verbs import Verbs
from daemon.desk import Desk
from daemon.people import People

TOKENS_FILE = "console_tokens.json"


@dataclass(frozen=True, slots=True)
class Door:
    """What the control socket asks of the console."""

    console: Console
    address: str

    def token_for(self, person: Person, *, fresh: bool) -> str:
        """Return a person's token; a fresh one ends their sessions."""
        if fresh:
            self.console.sessions.close_all_of(person)
        return self.console.tokens.token_of(person, fresh=fresh)


async def open_console(verbs: Verbs, people: People, desk: Desk, stack: AsyncExitStack) -> None:
    """Serve the pages if enabled, and tell the socket. Raises PortTaken, KeyUnusable."""
    settings = desk.settings.console
    if not settings.enabled:
        return
    tokens = Tokens(desk.settings.paths.state / TOKENS_FILE, desk.randomness)
    console = console_of(verbs, people, desk, tokens)
    serving = serve_console(create_console_app(console, desk), settings)
    runner = await port_or_sentence(serving, settings.host, settings.port, "console")
    stack.push_async_callback(runner.cleanup)
    verbs.console = Door(console, address_of(runner))
    desk.log.info("console listens", address=verbs.console.address)
