"""docs/entities.svg: the streams as boxes, and an arrow from every field that holds an id to what it is the id of."""

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

from integration_tests.tools.docs.connector_metadata import Fields, target

PALETTE = ("#b71c1c", "#2e7d32", "#2b7bbb", "#6a3d9a", "#c77700", "#8a5200", "#00695c", "#ad1457", "#4527a0", "#558b2f")
NO_STREAM = "#5c6b7a"
TOP, GAP, COLUMNS = 60, 30, 3
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
    """The SVG.

    Args:
        streams: The JSON schema of each field, by stream.
    """
    rows = {name: _rows(fields) for name, fields in streams.items()}
    targets = {points_to for found in rows.values() for _, points_to in found if points_to}
    rows |= {name: [] for name in sorted(targets - streams.keys())}
    places = _places(rows)
    colours = {
        name: PALETTE[number % len(PALETTE)] if name in streams else NO_STREAM for number, name in enumerate(rows)
    }
    boxes = [_box(name, found, places[name], colours, is_stream=name in streams) for name, found in rows.items()]
    arrows = [
        _arrow(places[name], number, places[points_to], points_to, colours)
        for name in streams
        for number, (_, points_to) in enumerate(rows[name])
        if points_to
    ]
    width = max(x for x, _ in places.values()) + WIDTH + 60
    height = max(places[name][1] + _height(found) for name, found in rows.items()) + 30
    tips = "".join(
        f'<marker id="{_id(name)}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="{colour}"/></marker>'
        for name, colour in colours.items()
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title description">',
        '  <title id="title">The streams of the Gleap source and how they refer to each other</title>',
        f'  <desc id="description">{escape(_told(streams))}</desc>',
        f"  <style>\n{STYLE}\n  </style>",
        f"  <defs>{tips}</defs>",
        f'  <rect width="{width}" height="{height}" fill="#ffffff"/>',
        '  <text class="title" x="20" y="34">Keys and references of the streams</text>',
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


def _places(rows: Mapping[str, list[Any]]) -> dict[str, tuple[int, int]]:
    """Left and upper edge of each box: what is referred to most stands in the middle, each in the shortest column."""
    references = Counter(points_to for found in rows.values() for _, points_to in found if points_to)
    bottoms = [TOP] * COLUMNS
    places = {}
    for name in sorted(rows, key=lambda name: (-references[name], -len(rows[name]))):
        order = (1, 0, 2) if COLUMNS == 3 else range(COLUMNS)
        column = min(order, key=lambda column: bottoms[column])
        places[name] = (20 + column * COLUMN, bottoms[column])
        bottoms[column] += _height(rows[name]) + GAP
    return places


def _box(
    name: str,
    rows: list[tuple[str, str | None]],
    place: tuple[int, int],
    colours: Mapping[str, str],
    is_stream: bool,
) -> str:
    x, y = place
    colour, dashes = colours[name], "" if is_stream else ' stroke-dasharray="6 4"'
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
        tint = f' style="fill:{colours[points_to]}"' if points_to else ""
        lines.append(
            f'  <text class="note" x="{x + WIDTH - 12}" y="{baseline}" text-anchor="end"{tint}>{escape(note)}</text>'
        )
    return "\n".join(lines)


def _arrow(
    place: tuple[int, int], number: int, target_place: tuple[int, int], points_to: str, colours: Mapping[str, str]
) -> str:
    """From the row of a field to the head of the box it refers to, leaving and entering at the sides that face."""
    (x, y), (to_x, to_y) = place, target_place
    start_y, end_y = y + HEAD + number * ROW + 15, to_y + HEAD // 2
    if to_x - x > COLUMN:  # in the gap to the next column up or down, and then straight on
        gap = x + COLUMN
        path = f"M{x + WIDTH} {start_y}C{x + WIDTH + 45} {start_y} {gap - 45} {end_y} {gap} {end_y}H{to_x}"
        return _line(path, points_to, colours)
    if to_x > x:
        start_x, end_x, bend, end_bend = x + WIDTH, to_x, 45, -45
    elif to_x < x:
        start_x, end_x, bend, end_bend = x, to_x + WIDTH, -45, 45
    else:
        start_x = end_x = x + WIDTH
        bend = end_bend = 26
    path = f"M{start_x} {start_y}C{start_x + bend} {start_y} {end_x + end_bend} {end_y} {end_x} {end_y}"
    return _line(path, points_to, colours)


def _line(path: str, points_to: str, colours: Mapping[str, str]) -> str:
    return f'  <path class="arrow" d="{path}" stroke="{colours[points_to]}" marker-end="url(#{_id(points_to)})"/>'


def _id(name: str) -> str:
    return "to-" + name.replace(" ", "-")


def _told(streams: Mapping[str, Fields]) -> str:
    """The references in words, for readers who cannot see them."""
    return " ".join(
        f"{name}.{field} is an id of {points_to}."
        for name, fields in streams.items()
        for field, points_to in _rows(fields)
        if points_to
    )
