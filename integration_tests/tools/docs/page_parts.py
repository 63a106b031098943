"""The parts of docs/gleap.md that say what the connector says: settings, streams, fields, the doctor's report."""

import re
from collections.abc import Mapping
from typing import Any

from integration_tests.tools.docs.connector_metadata import Connector, target
from integration_tests.tools.docs.doctor_report import doctor_report

_PART = re.compile(r"(<!-- made by `make docs`: (\w+) -->\n).*?(\n<!-- end of \2 -->)", re.DOTALL)

# The types of fields, in the words of the page.
TYPES = {
    "text": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "json": "JSON",
    "list": "list",
}


def updated(text: str, connector: Connector) -> str:
    """`text` with each part between its two comments replaced. Raises KeyError: a part that is none of these."""
    parts = {
        "settings": settings(connector),
        "streams": streams(connector),
        "fields": fields(connector),
        "doctor": doctor_report(),
    }
    return _PART.sub(lambda found: found[1] + "\n" + parts[found[2]] + "\n" + found[3], text)


def settings(connector: Connector) -> str:
    items = []
    for name, setting in connector.settings.items():
        default = setting.get("default")
        needed = "required" if name in connector.required else f"default `{default}`"
        examples = [f"`{example}`" for example in setting.get("examples", []) if example != default]
        form = setting.get("pattern_descriptor")
        allowed = [
            f"as {form}" if form and not examples else "",
            f"for example {' or '.join(examples)}" if examples else "",
            f"one of {', '.join(f'`{value}`' for value in setting['enum'])}" if "enum" in setting else "",
            f"{setting['minimum']} to {setting['maximum']:,}" if "minimum" in setting else "",
        ]
        meaning = " ".join(setting["description"].split())
        items.append(f"- **{setting['title']}**, `{name}` ({'; '.join(filter(None, [needed, *allowed]))}): {meaning}")
    return "\n".join(items)


def streams(connector: Connector) -> str:
    return "\n".join(
        f"- [{name}](#{name.replace('_', '-')}-fields), `GET {connector.paths[name]}`, key `{connector.keys[name]}`: "
        + connector.descriptions[name]
        for name in connector.fields
    )


def fields(connector: Connector) -> str:
    return "\n\n".join(
        f'<a id="{name.replace("_", "-")}-fields"></a>\n\n<details>\n'
        f"<summary>{name}: {len(declared)} fields</summary>\n\n"
        + "\n".join(f"- `{field}`{_type(schema)}: {schema['description']}" for field, schema in declared.items())
        + "\n\n</details>"
        for name, declared in connector.fields.items()
    )


def _type(schema: Mapping[str, Any]) -> str:
    """The type in parentheses; nothing for text, and what an id refers to."""
    name, points_to = TYPES[kind(schema)], target(schema)
    if points_to:
        name = f"list of ids of {points_to}" if name == "list" else f"id of {points_to}"
    return "" if name == "text" else f" ({name})"


def kind(schema: Mapping[str, Any]) -> str:
    """Which of `TYPES` a field's JSON schema means."""
    (base,) = set(schema["type"]) - {"null"}
    if base == "array":
        return "list"
    if schema.get("format") == "date-time":
        return "date"
    if schema.get("contentMediaType") == "application/json":
        return "json"
    return "text" if base == "string" else str(base)
