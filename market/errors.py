class MarketError(ValueError):
    """The rule book says no: a reason code and one sentence each in English and Chinese."""

    def __init__(self, code: str, message: str, message_zh: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.message_zh = message_zh
