"""A page's template, style and script, with the policy that lets only these in."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from processor.core.html_chart import bar, percent

_FOLDER = files("processor.core") / "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlPage:
    """A page that is one file, complete in itself."""

    template: Template
    style: str
    script: str

    def context(self) -> dict[str, str | Markup]:
        """What every template needs: style and script, and the hashes its policy names."""
        return {
            "style": Markup(self.style),  # noqa: S704 - our own file
            "script": Markup(self.script),  # noqa: S704 - our own file
            "style_hash": _hash(self.style),
            "script_hash": _hash(self.script),
        }

    def render(self, served: Served | None, **given: Any) -> Rendered:
        """The page, which may do what ``policy`` says.

        Args:
            served: of a page of the service; None for a file.
        """
        policy = self.policy(served=served is not None)
        html = self.template.render(served=served, policy=policy, **given, **self.context())
        return Rendered(html, policy)

    def policy(self, *, served: bool) -> str:
        """What the browser may do: run the page's own style and script, and nothing else.

        Args:
            served: whether its forms and script may talk to the service it came from.
        """
        own = f"style-src '{_hash(self.style)}'; script-src '{_hash(self.script)}'"
        talk = "connect-src 'self'; form-action 'self'" if served else "form-action 'none'"
        return f"default-src 'none'; {own}; img-src data:; base-uri 'none'; {talk}"


class Rendered(NamedTuple):
    """A page as it is sent.

    Attributes:
        policy: its Content-Security-Policy, which stands in it, too.
    """

    html: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What every page of the service has: who looks, and what forms must carry.

    Attributes:
        form_token: tells our own forms from others'.
        logged_in: whether there is a session that can be ended.
        notice: what has just been done.
    """

    form_token: str
    logged_in: bool = False
    notice: str = ""


@cache
def html_page(name: str, *styles: str) -> HtmlPage:
    """The page of ``name.html`` and, if there is one, ``name.js``, with ``styles`` one after another."""
    environment = Environment(
        loader=FunctionLoader(_read),  # of the page that a page extends
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters.update(number=_number, usd=_usd, moment=_moment)
    environment.globals.update(bar=bar, percent=percent)
    return HtmlPage(
        template=environment.from_string(_read(f"{name}.html")),
        style="".join(_read(f"{style}.css") for style in styles),
        script=_read(f"{name}.js") if (_FOLDER / f"{name}.js").is_file() else "",
    )


def _read(name: str) -> str:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    # A file checked out with Windows line ends would not have the hash that the browser computes.
    return text.replace("\r\n", "\n")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _usd(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.4f} USD"


def _moment(value: str | None) -> str:
    return "–" if value is None else value[:19].replace("T", " ")
