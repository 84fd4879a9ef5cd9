from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.client import Packet
from adapters.gateway.conformance.expectations import success
from adapters.gateway.conformance.verdict import require
from adapters.wire.models import HealthView, TimeView
from market.phases import Phase


async def health_needs_no_signature(bench: Bench) -> None:
    """Ask without any header of ours."""
    view = success(await bench.client.send(Packet("GET", "/v1/health", {})), HealthView)
    for name, text in (("status", view.status), ("version", view.version), ("venue", view.venue)):
        require(bool(text), f"/v1/health says nothing as {name}")
    _require_known_phase("/v1/health", view.market_phase)


async def time_is_market_time(bench: Bench) -> None:
    """Ask twice: time stands or goes on."""
    first, second = await bench.time.view(), await bench.time.view()
    _require_known_phase("/v1/time", first.market_phase)
    require(
        first.server_time <= second.server_time,
        f"market time went back from {first.server_time} to {second.server_time}",
    )


async def health_and_time_name_one_phase(bench: Bench) -> None:
    """Compare the phases; between two moments of which market time may pass a border."""
    before = await bench.time.view()
    health = success(await bench.client.send(Packet("GET", "/v1/health", {})), HealthView)
    after = await bench.read("/v1/time", TimeView)
    phases = {before.market_phase, after.market_phase}
    require(health.market_phase in phases, f"health says {health.market_phase}, time says {phases}")


def _require_known_phase(place: str, phase: str) -> None:
    require(phase in set(Phase), f"{place} names the market phase {phase!r}")


CASES = (
    Case("C01", "health", "health answers unsigned and names venue, version and phase",
         health_needs_no_signature),
    Case("C02", "health", "time tells market time, and it never goes back", time_is_market_time),
    Case("C03", "health", "health and time name the same phase", health_and_time_name_one_phase),
)  # fmt: skip
