from dataclasses import dataclass


@dataclass(slots=True)
class CountingRandomness:
    """Chance that counts: each call returns the next number."""

    drawn: int = 0

    def token_hex(self, byte_count: int) -> str:
        self.drawn += 1
        return f"{self.drawn:0{2 * byte_count}x}"
