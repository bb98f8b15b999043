"""The quarterly review: a page that stands on its own.

`facts` asks the flow for numbers, `words` says in sentences what they show, `charts` draws them, `page` puts them into
one HTML file. Each of these only reads what the one before it made; no number is made here that the definitions do not
have.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from streamgauge._optional import need
from streamgauge.review.facts import gather
from streamgauge.review.words import headline

if TYPE_CHECKING:
    from streamgauge.flow import Flow

__all__ = ["Review", "make_review"]

_EXTRA = "streamgauge[review]"


@dataclass(frozen=True, slots=True, repr=False)
class Review:
    """A quarterly review: one HTML page that needs no network.

    Examples:
        >>> import streamgauge as sg
        >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
        >>> review = flow.review("2024-Q4")
        >>> review
        Review of 2024-Q4: ...
        >>> "<html" in review.html
        True
    """

    quarter: str
    """The quarter's name."""
    headline: list[str]
    """The five metrics of the quarter, a line each."""
    html: str
    """The page."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the page.

        Args:
            path: The HTML file to write.

        Returns:
            The path.
        """
        file = Path(path).expanduser()
        file.write_text(self.html, encoding="utf-8", newline="\n")
        return file

    def __repr__(self) -> str:
        return f"Review of {self.quarter}: {len(self.html) // 1024:,} KiB of HTML; .save(path) writes it"


def make_review(flow: "Flow", quarter: str | None) -> Review:
    """Gathers the numbers of a quarter and makes the page."""
    for module in ("altair", "vl_convert", "jinja2"):
        need(module, "the review page", _EXTRA)
    from streamgauge.review.page import render

    facts = gather(flow, quarter)
    return Review(facts.quarter.name, headline(facts), render(facts))
