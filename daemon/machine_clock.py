import asyncio
import time
from datetime import UTC, datetime


class SystemMachineClock:
    """Real time of this host; the only place that reads it."""

    def utc_now(self) -> datetime:
        """Return aware UTC wall time."""
        return datetime.now(UTC)

    def monotonic_ns(self) -> int:
        """Return nanoseconds since an arbitrary start; counts suspended time where the host can."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    async def sleep(self, seconds: float) -> None:
        """Sleep real seconds."""
        await asyncio.sleep(seconds)
