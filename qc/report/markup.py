"""HTML from data: everything that is not `Raw` is escaped."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence


class Raw(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: str) -> Raw:
    """Return `value` as HTML, safe as content and between double quotes."""
    return value if isinstance(value, Raw) else Raw(html.escape(value))


def joined(parts: Iterable[str]) -> Raw:
    return Raw("".join(text(part) for part in parts))


def tag(name: str, *content: str, **attributes: str | bool | None) -> Raw:
    """Return an element; `class_` is class, underscores become dashes, False and None vanish."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{html.escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Raw(f"<{name}{written}>{joined(content)}</{name}>")


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, figures: Sequence[int] = ()
) -> Raw:
    """Return a table whose first column heads its rows; `figures` are columns of numbers."""
    columns = [
        tag("th", name, scope="col", class_="figure" if i in figures else None)
        for i, name in enumerate(head)
    ]
    body = [
        tag(
            "tr",
            *(
                tag("th", cell, scope="row")
                if i == 0
                else tag("td", cell, class_="figure" if i in figures else None)
                for i, cell in enumerate(row)
            ),
        )
        for row in rows
    ]
    inner = tag("table", tag("caption", caption), tag("thead", tag("tr", *columns)),
                tag("tbody", *body))  # fmt: skip
    return tag("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


def data_block(identifier: str, value: object) -> Raw:
    """Return JSON that no text inside it can end early (HTML, 4.12.1.3)."""
    written = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    for character in "<>&":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return Raw(f'<script type="application/json" id="{identifier}">{written}</script>')
