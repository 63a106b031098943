"""docs/entities.svg: the streams as boxes, and an arrow from every field that holds an id to what it is the id of."""

from collections.abc import Mapping
from html import escape
from typing import Any

from integration_tests.tools.docs.connector_metadata import Fields, target

# Where each box is put: left edge and upper edge. Streams that refer to each other are neighbours; of those that are
# not, the box that is referred to has its head where no box is in between.
PLACES = {
    "messages": (20, 90),
    "message templates": (20, 350),
    "survey_responses": (20, 450),
    "tickets": (410, 110),
    "sessions": (410, 400),
    "users": (800, 60),
    "teams": (800, 170),
    "surveys": (800, 515),
}
COLOURS = {
    "message templates": "#5c6b7a",
    "messages": "#2b7bbb",
    "survey_responses": "#8a5200",
    "tickets": "#b71c1c",
    "sessions": "#2e7d32",
    "users": "#5c6b7a",
    "teams": "#6a3d9a",
    "surveys": "#c77700",
}
WIDTH, ROW, HEAD, COLUMN = 310, 22, 32, 390
STYLE = """\
    text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2933; }
    .name { font-size: 15px; font-weight: 700; fill: #ffffff; }
    .note { fill: #52606d; }
    .key { font-weight: 700; }
    .title { font-size: 18px; font-weight: 700; }
    .box { fill: #ffffff; stroke-width: 1.5; }
    .arrow { fill: none; stroke-width: 1.7; }"""


def diagram(streams: Mapping[str, Fields]) -> str:
    """The SVG. Raises KeyError: a stream, or what a field refers to, has no place yet.

    :param streams: the JSON schema of each field, by stream
    """
    rows = {name: _rows(streams.get(name, {})) for name in PLACES}
    boxes, arrows = [], []
    for name, found in rows.items():
        boxes.append(_box(name, found, is_stream=name in streams))
    for name in streams:
        for number, (_, points_to) in enumerate(rows[name]):
            if points_to:
                arrows.append(_arrow(name, number, points_to))
    width = max(x for x, _ in PLACES.values()) + WIDTH + 60
    height = max(PLACES[name][1] + _height(found) for name, found in rows.items()) + 30
    tips = "".join(
        f'<marker id="{_id(name)}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="{colour}"/></marker>'
        for name, colour in COLOURS.items()
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title description">',
        '  <title id="title">The streams of the Gleap source and how they refer to each other</title>',
        f'  <desc id="description">{escape(_told(streams))}</desc>',
        f"  <style>\n{STYLE}\n  </style>",
        f"  <defs>{tips}</defs>",
        f'  <rect width="{width}" height="{height}" fill="#ffffff"/>',
        '  <text class="title" x="20" y="34">Keys and references of the six streams</text>',
        f'  <text class="note" x="{width - 20}" y="34" text-anchor="end">dashed: no stream, ids only</text>',
        *arrows,
        *boxes,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _rows(fields: Fields) -> list[tuple[str, str | None]]:
    """The fields that are shown and what they refer to: the key, the cursor and every reference."""
    shown = [(name, target(schema)) for name, schema in fields.items()]
    return [(name, points_to) for name, points_to in shown if points_to or name in ("id", "updatedAt")]


def _height(rows: list[Any]) -> int:
    return HEAD + max(1, len(rows)) * ROW + 10


def _box(name: str, rows: list[tuple[str, str | None]], is_stream: bool) -> str:
    x, y = PLACES[name]
    colour, dashes = COLOURS[name], "" if is_stream else ' stroke-dasharray="6 4"'
    lines = [
        f'  <rect class="box" x="{x}" y="{y}" width="{WIDTH}" height="{_height(rows)}" rx="6" '
        f'stroke="{colour}"{dashes}/>',
        f'  <path d="M{x} {y + HEAD}v{6 - HEAD}q0 -6 6 -6h{WIDTH - 12}q6 0 6 6v{HEAD - 6}z" fill="{colour}"/>',
        f'  <text class="name" x="{x + 12}" y="{y + 21}">{escape(name)}</text>',
    ]
    shown = rows if is_stream else [("id", None)]
    for number, (field, points_to) in enumerate(shown):
        baseline = y + HEAD + number * ROW + 20
        kind = ' class="key"' if field == "id" else ""
        lines.append(f'  <text{kind} x="{x + 12}" y="{baseline}">{escape(field)}</text>')
        note = {"id": "key", "updatedAt": "cursor"}.get(field, points_to or "")
        tint = f' style="fill:{COLOURS[points_to]}"' if points_to else ""
        lines.append(
            f'  <text class="note" x="{x + WIDTH - 12}" y="{baseline}" text-anchor="end"{tint}>{escape(note)}</text>'
        )
    return "\n".join(lines)


def _arrow(name: str, number: int, points_to: str) -> str:
    """From the row of a field to the head of the box it refers to, leaving and entering at the sides that face."""
    (x, y), (to_x, to_y) = PLACES[name], PLACES[points_to]
    start_y, end_y = y + HEAD + number * ROW + 15, to_y + HEAD // 2
    if to_x - x > COLUMN:  # in the gap to the next column up or down, and then straight on
        gap = x + COLUMN
        path = f"M{x + WIDTH} {start_y}C{x + WIDTH + 45} {start_y} {gap - 45} {end_y} {gap} {end_y}H{to_x}"
        return _line(path, points_to)
    if to_x > x:
        start_x, end_x, bend, end_bend = x + WIDTH, to_x, 45, -45
    elif to_x < x:
        start_x, end_x, bend, end_bend = x, to_x + WIDTH, -45, 45
    else:
        start_x = end_x = x + WIDTH
        bend = end_bend = 26
    path = f"M{start_x} {start_y}C{start_x + bend} {start_y} {end_x + end_bend} {end_y} {end_x} {end_y}"
    return _line(path, points_to)


def _line(path: str, points_to: str) -> str:
    return f'  <path class="arrow" d="{path}" stroke="{COLOURS[points_to]}" marker-end="url(#{_id(points_to)})"/>'


def _id(name: str) -> str:
    return "to-" + name.replace(" ", "-")


def _told(streams: Mapping[str, Fields]) -> str:
    """The references in words, for who cannot see them."""
    return " ".join(
        f"{name}.{field} is an id of {points_to}."
        for name, fields in streams.items()
        for field, points_to in _rows(fields)
        if points_to
    )
