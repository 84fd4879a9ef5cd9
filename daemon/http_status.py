"""/metrics, /healthz and /readyz on loopback."""

from aiohttp import web
from prometheus_client.aiohttp import make_aiohttp_handler

from config.settings import HttpSettings
from daemon.desk import Desk
from daemon.gauges import measure
from daemon.metrics import Metrics


class Readiness:
    """Whether new work could be taken on: the database answers and the calendar covers today."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def problems(self) -> list[str]:
        """Return what stands in the way, empty when ready."""
        found = [f"halted: {halt.cause}" for halt in await self._desk.store.halts()]
        if self._coverage_days() <= 0:
            found.append("the session file ends today")
        return found

    def warnings(self) -> list[str]:
        """Return what will stand in the way unless somebody acts."""
        days = self._coverage_days()
        if 0 < days <= self._desk.settings.market.calendar_warning_days:
            return [f"the session file ends in {days} days; add a market.calendar_file"]
        return []

    async def measure(self) -> None:
        """Set the gauges of what stands, whether or not anything happened since the start."""
        await measure(self._desk)

    def _coverage_days(self) -> int:
        return self._desk.calendar.coverage_days(self._desk.clock.now().date())


async def serve_status(
    readiness: Readiness, metrics: Metrics, settings: HttpSettings
) -> web.AppRunner:
    """Serve the three pages; returns the runner to clean up."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_request: web.Request) -> web.Response:
        problems = await readiness.problems()
        status = 503 if problems else 200
        content = {"ready": not problems, "problems": problems, "warnings": readiness.warnings()}
        return web.json_response(content, status=status)

    page = make_aiohttp_handler(metrics.registry)

    async def metrics_page(request: web.Request) -> web.StreamResponse:
        await readiness.measure()
        return await page(request)

    app = web.Application()
    app.add_routes(
        [
            web.get("/healthz", healthz),
            web.get("/readyz", readyz),
            web.get("/metrics", metrics_page),
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    return runner
