"""docs/sync.svg: what a terminal showed, as a picture."""

import textwrap
from html import escape

LINE, CHARACTER, MARGIN, BAR = 18, 8.05, 18, 34
COLUMNS = 100


def picture(text: str) -> str:
    """The SVG of a terminal of 100 columns that shows `text`; lines that begin with `$ ` are what was typed."""
    lines = [part for line in text.rstrip("\n").split("\n") for part in _folded(line)]
    width = round(max(map(len, lines)) * CHARACTER) + 2 * MARGIN
    height = len(lines) * LINE + BAR + 2 * MARGIN - 6
    shown = [
        f'  <text{_class(line)} x="{MARGIN}" y="{BAR + MARGIN + 8 + number * LINE}">{escape(line)}</text>'
        for number, line in enumerate(lines)
        if line
    ]
    return (
        "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                # librsvg, which ignores the property `white-space`, keeps the columns by this attribute.
                f'height="{height}" role="img" aria-labelledby="title" xml:space="preserve">',
                '  <title id="title">What make sync prints: rows read into DuckDB, and an answer from them</title>',
                '  <style>text { font: 13.3px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; '
                "fill: #d8dee9; } .typed { fill: #a3e635; font-weight: 700; }</style>",
                f'  <rect width="{width}" height="{height}" rx="8" fill="#1b222c"/>',
                *(
                    f'  <circle cx="{MARGIN + 4 + 20 * place}" cy="{BAR // 2 + 2}" r="6" fill="{colour}"/>'
                    for place, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
                ),
                *shown,
                "</svg>",
            ]
        )
        + "\n"
    )


def _class(line: str) -> str:
    return ' class="typed"' if line.startswith("$ ") else ""


def _folded(line: str) -> list[str]:
    return textwrap.wrap(line, COLUMNS) if len(line) > COLUMNS else [line]
