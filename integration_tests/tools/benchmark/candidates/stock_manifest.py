"""A low-code manifest of nothing but the CDK's stock components.

It is `integration_tests/support/stock_manifest.yaml` with the connector's fields: `AddFields` takes the ids out of
references, the CDK's `Default` normalisation makes the rest of the declared types. JSON fields become Python's
notation, not JSON, since no stock component makes that. Fields that are not declared are sent as well: to remove them
would take longer.
"""

import sys
from collections.abc import Sequence
from typing import Any

import yaml
from airbyte_cdk.entrypoint import launch
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource

from integration_tests.support.paths import STOCK_MANIFEST
from integration_tests.tools.benchmark.candidates.task import PAGE_SIZE, Task

_REFERENCE = "{{% set v = record.get('{0}') %}}{{{{ (v.get('id') or v.get('_id')) if v is mapping else v }}}}"


def manifest(task: Task) -> dict[str, Any]:
    """The manifest for a task."""
    document: dict[str, Any] = yaml.safe_load(STOCK_MANIFEST.read_text())
    [stream] = document["streams"]
    retriever = stream["retriever"]
    stream["name"] = task.stream
    retriever["requester"]["url"] = f"{{{{ config['api_url'] }}}}/{task.stream}"
    retriever["requester"]["request_parameters"] = {
        name: value for name, value in task.parameters.items() if name != "updatedAt>"
    }
    retriever["paginator"]["pagination_strategy"]["page_size"] = PAGE_SIZE
    retriever["record_selector"]["extractor"]["field_path"] = [task.list_key] if task.list_key else []
    retriever["record_selector"]["schema_normalization"] = "Default"
    references = {
        "type": "AddFields",
        "fields": [
            {"path": [name], "value": _REFERENCE.format(name)}
            for name, field in task.schema["properties"].items()
            if "x-references" in field
        ],
    }
    identity = {
        "type": "AddFields",
        "condition": "{{ not record.get('id') }}",
        "fields": [{"path": ["id"], "value": "{{ record['_id'] }}"}],
    }
    stream["transformations"] = ([references] if references["fields"] else []) + (
        [identity] if task.stream != "tickets" else []
    )
    if not stream["transformations"]:
        del stream["transformations"]
    stream["schema_loader"]["schema"] = {**task.schema, "additionalProperties": True}
    document["check"]["stream_names"] = [task.stream]
    return document


def main(arguments: Sequence[str]) -> None:
    """Runs `read MANIFEST --config ... --catalog ...`."""
    path, *rest = arguments
    config = YamlDeclarativeSource.read_config(rest[rest.index("--config") + 1])
    catalog = YamlDeclarativeSource.read_catalog(rest[rest.index("--catalog") + 1])
    launch(YamlDeclarativeSource(path_to_yaml=path, catalog=catalog, config=config, state=None), ["read", *rest])


if __name__ == "__main__":
    main(sys.argv[1:])
