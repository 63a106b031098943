"""What must hold in every part of the manifest, also in what is added."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from airbyte_cdk.sources.declarative.parsers.manifest_reference_resolver import ManifestReferenceResolver

from source_gleap.manifest import MANIFEST

MANIFEST_TEXT = MANIFEST.read_text()
WRITTEN: dict[str, Any] = yaml.safe_load(MANIFEST_TEXT)
RESOLVED: dict[str, Any] = dict(ManifestReferenceResolver().preprocess_manifest(WRITTEN))
STREAMS: dict[str, dict[str, Any]] = RESOLVED["definitions"]["streams"]
SCHEMAS: dict[str, dict[str, Any]] = RESOLVED["schemas"]
FIELDS = [(stream, name, field) for stream, schema in SCHEMAS.items() for name, field in schema["properties"].items()]


def nodes(part: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping in a part of the manifest, with its path."""
    if isinstance(part, dict):
        yield path, part
        for name, child in part.items():
            yield from nodes(child, f"{path}/{name}")
    elif isinstance(part, list):
        for number, child in enumerate(part):
            yield from nodes(child, f"{path}/{number}")


def handlers(stream: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The error handlers of the requests for a stream, in the order in which they are asked."""
    handler = stream["retriever"]["requester"]["error_handler"]
    assert handler["type"] == "CompositeErrorHandler"
    found: list[dict[str, Any]] = handler["error_handlers"]
    return found


def test_every_declared_stream_is_offered() -> None:
    offered = [node["$ref"].rpartition("/")[2] for _, node in nodes(WRITTEN["streams"]) if "$ref" in node]
    assert sorted(offered) == sorted(STREAMS)


@pytest.mark.parametrize("name", STREAMS)
def test_stream_has_a_text_key_and_a_date_cursor(name: str) -> None:
    stream, properties = STREAMS[name], SCHEMAS[STREAMS[name]["name"]]["properties"]
    assert stream["primary_key"] == (["ticket_id", "id"] if name == "ticket_activity_logs" else ["id"])
    assert properties["id"]["type"] == ["null", "string"]
    cursor = properties[stream["incremental_sync"]["cursor_field"]]
    assert (cursor["format"], cursor["airbyte_type"]) == ("date-time", "timestamp_with_timezone")


@pytest.mark.parametrize("name", STREAMS)
def test_stream_has_a_description_and_a_documentation_link(name: str) -> None:
    text, _, link = STREAMS[name]["description"].rpartition(" ")
    assert text.endswith(".")
    assert link.startswith("https://docs.gleap.io/")


@pytest.mark.parametrize("name", STREAMS)
def test_stream_uses_the_open_schema_of_its_name(name: str) -> None:
    schema = STREAMS[name]["schema_loader"]["schema"]
    assert schema == SCHEMAS[STREAMS[name]["name"]]
    assert schema["additionalProperties"] is True


def parents_of(stream: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """How a stream refers to its parents."""
    parents: list[Mapping[str, Any]] = stream["retriever"].get("partition_router", {}).get("parent_stream_configs", [])
    return parents


def test_no_error_is_ignored_and_only_children_skip_deleted_parents() -> None:
    assert [path for path, node in nodes(WRITTEN) if node.get("action") == "IGNORE"] == []
    gone = RESOLVED["definitions"]["parent_is_gone"]
    skipping = [name for name, stream in STREAMS.items() if gone in handlers(stream)]
    assert skipping == [name for name, stream in STREAMS.items() if parents_of(stream)]


def test_every_failing_error_has_a_failure_type_and_a_message() -> None:
    for name, error in RESOLVED["definitions"]["errors"].items():
        if error["action"] == "FAIL":
            assert error["failure_type"] in ("config_error", "system_error", "transient_error"), name
            assert len(error["error_message"]) > 100, name
            assert "{{ response.message }}" in error["error_message"], name


def test_field_is_nullable_described_and_a_date_if_named_like_one() -> None:
    for stream, name, field in FIELDS:
        place = f"{stream}.{name}"
        assert field["type"][0] == "null", place
        assert len(field["type"]) == 2, place
        assert field["description"], place
        is_date = field.get("format") == "date-time"
        assert is_date == (field.get("airbyte_type") == "timestamp_with_timezone"), place
        if re.search(r"(At|Date|Until|Activity|After|HeardFrom|FeedbackReport)$", name):
            assert is_date, place


def test_field_refers_to_a_stream_or_a_known_collection() -> None:
    targets = {field["x-references"] for _, _, field in FIELDS if "x-references" in field}
    assert targets <= {*SCHEMAS, "message templates"}


def test_stream_with_incremental_dependency_has_its_own_cursor() -> None:
    dependent = [
        name
        for name, stream in STREAMS.items()
        for parent in parents_of(stream)
        if parent.get("incremental_dependency")
    ]
    assert dependent == ["messages_by_ticket", "ticket_activity_logs", "tickets_in_detail"]
    assert all("incremental_sync" in STREAMS[name] for name in dependent)


@pytest.mark.parametrize("name", STREAMS)
def test_request_goes_to_the_api_url_with_time_limit_and_both_headers(name: str) -> None:
    requester = STREAMS[name]["retriever"]["requester"]
    assert "{{ config['api_url'] }}/" in requester["url"]
    assert requester["http_method"] == "GET"
    assert requester["connect_timeout_in_seconds"] <= 30
    assert requester["read_timeout_in_seconds"] <= 120
    assert requester["authenticator"]["api_token"] == "{{ config['api_key'] | tojson }}"
    assert requester["request_headers"]["Project"] == "{{ config['project_id'] | tojson }}"


def test_manifest_names_no_http_url_except_json_schema() -> None:
    hosts = {urlsplit(found).hostname for found in re.findall(r"http://[\w.-]+", MANIFEST_TEXT)}
    assert hosts <= {"json-schema.org"}


def test_every_definition_is_referenced() -> None:
    referred = set(re.findall(r'\$ref: "#(/[^"]+)"', MANIFEST_TEXT))
    declared = {
        f"/definitions/{group}/{name}" for group in ("errors", "types") for name in WRITTEN["definitions"][group]
    }
    declared |= {f"/schemas/{name}" for name in SCHEMAS}
    declared |= {
        f"/definitions/{name}" for name in WRITTEN["definitions"] if name not in ("errors", "types", "streams")
    }
    used = {name for name in declared if any(ref == name or ref.startswith(f"{name}/") for ref in referred)}
    assert declared - used == set()


def test_workers_are_bounded_and_budget_is_below_the_rate_limit() -> None:
    assert RESOLVED["concurrency_level"]["max_concurrency"] == 20
    workers = RESOLVED["spec"]["connection_specification"]["properties"]["num_workers"]
    assert workers["maximum"] == RESOLVED["concurrency_level"]["max_concurrency"]
    single, lists = RESOLVED["api_budget"]["policies"]
    assert [(rate["limit"] < 1000, rate["interval"]) for rate in lists["rates"]] == [(True, "PT1M")]
    assert [(rate["limit"] < 200, rate["interval"]) for rate in single["rates"]] == [(True, "PT1M")]


def test_setting_has_title_description_order_and_a_default_unless_required() -> None:
    specification = RESOLVED["spec"]["connection_specification"]
    settings = specification["properties"]
    assert sorted(setting["order"] for setting in settings.values()) == list(range(len(settings)))
    for name, setting in settings.items():
        assert setting["title"]
        assert setting["description"].endswith(".")
        assert ("default" in setting) != (name in specification["required"]), name
        assert ("pattern" in setting) == ("pattern_descriptor" in setting), name
    assert [name for name, setting in settings.items() if setting.get("airbyte_secret")] == ["api_key"]
