"""Templates to HTML: everything is escaped, a name that is missing is an error."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from daemon.console.formats import FILTERS
from daemon.console.texts.language import Language, Texts


class Renderer:
    """Renders the templates of this package in either language."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("daemon.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(FILTERS)
        self._texts = {language: Texts(language) for language in Language}

    def texts(self, language: Language) -> Texts:
        """Return the catalogue in a language."""
        return self._texts[language]

    def render(self, template: str, language: Language, content: Mapping[str, Any]) -> str:
        """Return a page; `say`, `word`, `reason` and `detailed` are the catalogue's."""
        texts = self._texts[language]
        return self._environment.get_template(template).render(
            **content,
            language=language.value,
            other_language=next(other.value for other in Language if other is not language),
            say=texts.say,
            word=texts.word,
            reason=texts.reason,
            detailed=texts.detail,
        )
