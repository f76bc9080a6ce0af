"""What every error code means and what to do about it: docs/errors.md, and a page of every farm.

`python -m api.errors_page > docs/errors.md` after a change of `farm/errors/`.
"""

from __future__ import annotations

import inspect
import re
import sys
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from farm.errors import ERRORS_PAGE, KINDS, ReelFarmError

TITLE = "Error codes"
INTRODUCTION = (
    "Errors of the API, of job records and of the command line have one of these codes. Codes stay"
    " as they are; titles, messages and fixes are for people and may change. What an error says"
    " besides is about the very input: this page tells what all errors of a code have in common."
)
HEADINGS = ("code", "HTTP", "exit status", "try again?")
CODE = re.compile(r"`([^`]+)`")
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · ReelFarm</title>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""

routes = APIRouter()


@routes.get(ERRORS_PAGE, response_class=HTMLResponse, include_in_schema=False)
def read() -> str:
    """Every code with its meaning and what to do, for people; `#CODE` leads to one."""
    return as_html()


def as_markdown() -> str:
    """Return docs/errors.md."""
    table = [_row(HEADINGS), _row(["---"] * len(HEADINGS))]
    table += [_row([f"[`{kind.code}`](#{kind.code})", *_facts(kind)]) for kind in KINDS]
    sections = [
        f"## {kind.code}\n\n**{kind.title}.** {_meaning(kind)}\n\n{kind.fix}\n" for kind in KINDS
    ]
    note = "<!-- Made by `python -m api.errors_page` out of farm/errors/: change it there. -->"
    return "\n".join([f"# {TITLE}", "", note, "", INTRODUCTION, "", *table, "", *sections])


def as_html() -> str:
    """Return the page that errors link to."""
    heads = "".join(f'<th scope="col">{escape(each)}</th>' for each in HEADINGS)
    rows = "\n".join(_html_row(kind) for kind in KINDS)
    table = f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    sections = "\n".join(_html_section(kind) for kind in KINDS)
    return PAGE.format(title=TITLE, body=f"<p>{_html(INTRODUCTION)}</p>\n{table}\n{sections}")


def _facts(kind: type[ReelFarmError]) -> list[str]:
    answered = kind.http_status != ReelFarmError.http_status or kind is ReelFarmError
    status = f"{kind.http_status}" if answered else "only of jobs and commands"
    return [status, f"{kind.exit_status}", _when(kind)]


def _when(kind: type[ReelFarmError]) -> str:
    """Return whether, and when, the same request may succeed."""
    if not kind.retryable:
        return "no"
    return "yes" if kind.retry_after_s is None else f"yes, after {kind.retry_after_s:g} s"


def _meaning(kind: type[ReelFarmError]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _html_row(kind: type[ReelFarmError]) -> str:
    link = f'<a href="#{kind.code}"><code>{kind.code}</code></a>'
    cells = "".join(f"<td>{escape(fact)}</td>" for fact in _facts(kind))
    return f'<tr><th scope="row">{link}</th>{cells}</tr>'


def _html_section(kind: type[ReelFarmError]) -> str:
    return (
        f'<section id="{kind.code}">\n<h2><code>{kind.code}</code></h2>\n'
        f"<p><strong>{escape(kind.title)}.</strong> {_html(_meaning(kind))}</p>\n"
        f"<p>{_html(kind.fix)}</p>\n</section>"
    )


def _html(text: str) -> str:
    """Return text with its `words for programs` marked as such."""
    return CODE.sub(r"<code>\1</code>", escape(text))


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
