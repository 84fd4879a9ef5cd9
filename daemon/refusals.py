class ActionRefused(Exception):
    """The daemon said no to a person; the sentence says why.

    `chinese` is the same sentence for who reads Chinese, the English one where nobody wrote it.
    """

    def __init__(self, english: str, chinese: str = "") -> None:
        super().__init__(english)
        self.chinese = chinese or english
