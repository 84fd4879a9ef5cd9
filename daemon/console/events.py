"""One small stream to each open page: which part of it changed. The page asks for the part."""

from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus

from aiohttp import web

from daemon.clock import MachineClock
from daemon.console.visit import SESSION_COOKIE, Console, visit_of
from storage.chronicle import Chronicle
from storage.journal import Subject

# Nobody's forgotten tabs take the streams of somebody else.
STREAMS_OF_PERSON_MAX = 16
DIGITS_MAX = 15
LOOK_INTERVAL_S = 1
# A look that finds nothing new still says so now and then: clocks and phases move by themselves.
QUIET_LOOKS_MAX = 10
PARTS = {
    Subject.HALT: "halts",
    Subject.ALERT: "alerts",
    Subject.MANUAL: "manual",
    Subject.BREAK: "breaks",
    Subject.OWNERSHIP: "account",
    Subject.MOVEMENT: "account",
    Subject.NOTE: "notes",
}
RUNS = "runs"


class EventStream:
    """Tells changes of the journal to pages, a second after them at most."""

    def __init__(self, console: Console, chronicle: Chronicle, clock: MachineClock) -> None:
        self._console = console
        self._chronicle = chronicle
        self._clock = clock
        self._open: Counter[int] = Counter()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Stream until the page goes, its session ends or the daemon does."""
        uid = visit_of(self._console, request, is_click=False).session.person.uid
        if self._open[uid] >= STREAMS_OF_PERSON_MAX:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        self._open[uid] += 1
        try:
            await response.prepare(request)
            await self._tell(request, response)
        except ConnectionError:
            return response
        finally:
            self._open[uid] -= 1
        return response

    async def _tell(self, request: web.Request, response: web.StreamResponse) -> None:
        sequence = await self._start(request)
        await response.write(event("hello"))
        quiet = 0
        while self._is_wanted(request):
            changes = await self._chronicle.changes_since(sequence)
            sequence = changes.sequence
            parts = parts_of(kind for kind, _run_id in changes.subjects)
            quiet = 0 if parts else quiet + 1
            if quiet >= QUIET_LOOKS_MAX:
                parts, quiet = ("time",), 0
            for part in parts:
                await response.write(event(part))
            await self._clock.sleep(LOOK_INTERVAL_S)
        await response.write(event("ended"))

    async def _start(self, request: web.Request) -> int:
        """Return the event the page was made after; what happened since is told first."""
        since = request.query.get("since", "")
        is_event = since.isascii() and since.isdigit() and len(since) <= DIGITS_MAX
        return int(since) if is_event else await self._chronicle.newest_event()

    def _is_wanted(self, request: web.Request) -> bool:
        """Whether the page is still there, and its person still logged in."""
        is_there = request.transport is not None and not request.transport.is_closing()
        session_id = request.cookies[SESSION_COOKIE]
        return is_there and self._console.sessions.find(session_id, is_click=False) is not None


def parts_of(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the parts that changed, each once, sorted."""
    return tuple(sorted({PARTS.get(Subject(kind), RUNS) for kind in kinds}))


def event(name: str) -> bytes:
    """Return one event as it goes over the wire."""
    return f"event: {name}\ndata: {name}\n\n".encode()
