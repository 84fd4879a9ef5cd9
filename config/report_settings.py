"""What is told of a run when it ends, beside its tables."""

from pydantic import Field

from config.group import Group


class ReportSettings(Group):
    """The page and the charts that are written beside the inputs; the record keeps both anyway."""

    page: bool = True
    charts: bool = False
    language: str = Field(default="zh", pattern="^(zh|en)$")
