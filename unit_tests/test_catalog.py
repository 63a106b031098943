"""The names and types that other programs rely on: streams, keys, cursors, fields."""

import logging
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteStream, SyncMode

from source_gleap import SourceGleap
from source_gleap.manifest import stream_names

TEXT, WHOLE, NUMBER, FLAG = "string", "integer", "number", "boolean"
DATE, JSON, LIST, ID = "datetime", "json", "list", "reference"

FIELDS: dict[str, dict[str, str]] = {
    "tickets": {
        TEXT: "id title description type status priority sentiment conversationRating channel aiSummary shareToken",
        WHOLE: "bugId upvotesCount duplicatesCount notificationsUnread",
        NUMBER: "score",
        FLAG: "archived isSpam conversationClosed hasAgentReply slaBreached snoozed isTestRun initiatedByAgent",
        DATE: "createdAt updatedAt closedAt dueDate snoozedUntil firstAssignmentAt",
        ID: "processingUser processingTeam session",
        LIST: "tags",
        JSON: "formData customData metaData humanHandoff",
    },
    "sessions": {
        TEXT: "id gleapId gleapHash userId name email phone lang location avatar companyId companyName deviceType "
        "platform plan lastPageView",
        WHOLE: "countFeedbackReports countFeedbackComments",
        NUMBER: "value sla sessions",
        FLAG: "blocked unsubscribed emailOnly",
        DATE: "firstActivity lastActivity lastHeardFrom createdAt updatedAt",
        LIST: "tags",
        JSON: "customData eventData",
    },
    "messages": {
        TEXT: "id type status comment rating emailId outboundSubject",
        FLAG: "bot isNote kaiChat outbound sendToChannel sessionNotificationsUnread",
        DATE: "createdAt updatedAt",
        ID: "ticket user session messageRef replyTo outboundTemplate",
        JSON: "data translatedData attachments actions channel aiData",
    },
    "ticket_activity_logs": {
        TEXT: "id type",
        DATE: "createdAt updatedAt",
        ID: "ticket_id user session",
        JSON: "data",
    },
    "users": {
        TEXT: "id email firstName lastName profileImageUrl userType userRole role",
        FLAG: "available confirmed hidden",
        DATE: "lastSeen lastAutoAssign createdAt updatedAt",
        LIST: "unavailableProjects",
    },
    "teams": {
        TEXT: "id name assignmentMethod",
        NUMBER: "ticketAmount",
        FLAG: "selectOnlyOnlineMembers limitTicketAmount",
        DATE: "createdAt updatedAt",
        LIST: "members",
    },
    "surveys": {TEXT: "id name type status", DATE: "createdAt updatedAt", JSON: "config"},
    "survey_responses": {
        TEXT: "id",
        FLAG: "read",
        DATE: "createdAt updatedAt",
        ID: "survey_id session",
        JSON: "responses",
    },
    "engagements": {
        TEXT: "id kind name type subType status format targetAudience frequency",
        FLAG: "hidden sent",
        DATE: "startSendingAfter stopSendingAfter sentAt createdAt updatedAt",
        ID: "sender createdBy",
        LIST: "tags",
        JSON: "stats config conditions subject message data",
    },
    "help_center_collections": {
        TEXT: "id lexorank iconUrl externalId targetAudience project",
        WHOLE: "docId",
        DATE: "createdAt updatedAt",
        ID: "parent",
        JSON: "title description baseAudienceFilter extendedAudienceFilter",
    },
    "help_center_articles": {
        TEXT: "id lexorank targetAudience externalId project",
        WHOLE: "docId sourceUsage",
        FLAG: "isDraft",
        DATE: "createdAt updatedAt",
        ID: "collection_id helpcenterCollection author",
        LIST: "tags",
        JSON: "title description plainContent content upvotes baseAudienceFilter extendedAudienceFilter",
    },
}
KEYS = {"ticket_activity_logs": [["ticket_id"], ["id"]]}


@pytest.fixture(scope="module")
def catalog() -> dict[str, AirbyteStream]:
    config = {"api_key": "k", "project_id": "65f0aa11bb22cc33dd44ee01", "start_date": "2026-01-01T00:00:00Z"}
    source = SourceGleap()
    found = source.discover(logging.getLogger(), source.configure(config, ""))
    return {stream.name: stream for stream in found.streams}


def kind(declared: dict[str, Any]) -> str:
    """The kind of a field as the table above calls it."""
    assert declared["type"][0] == "null", "every field is nullable"
    base: str = declared["type"][1]
    if base == "array":
        return LIST
    if declared.get("format") == "date-time":
        assert declared["airbyte_type"] == "timestamp_with_timezone"
        return DATE
    if declared.get("contentMediaType") == "application/json":
        return JSON
    return ID if "x-references" in declared else base


def test_catalog_lists_all_streams(catalog: dict[str, AirbyteStream]) -> None:
    assert list(catalog) == list(stream_names())
    assert set(FIELDS) <= set(catalog)


@pytest.mark.parametrize("stream", FIELDS)
def test_agreed_fields_have_the_agreed_types(catalog: dict[str, AirbyteStream], stream: str) -> None:
    properties = catalog[stream].json_schema["properties"]
    agreed = {name: kind_ for kind_, names in FIELDS[stream].items() for name in names.split()}
    assert {name: kind(properties[name]) for name in agreed} == agreed


@pytest.mark.parametrize("stream", FIELDS)
def test_stream_has_both_sync_modes_and_declares_key_and_cursor(catalog: dict[str, AirbyteStream], stream: str) -> None:
    found = catalog[stream]
    assert found.supported_sync_modes == [SyncMode.full_refresh, SyncMode.incremental]
    assert found.source_defined_cursor
    assert found.default_cursor_field == ["updatedAt"]
    assert found.source_defined_primary_key == KEYS.get(stream, [["id"]])
    assert {"id", "updatedAt", "createdAt"} <= found.json_schema["properties"].keys()
    assert found.json_schema["additionalProperties"] is True


@pytest.mark.parametrize("stream", FIELDS)
def test_every_field_has_a_description_and_a_known_reference(catalog: dict[str, AirbyteStream], stream: str) -> None:
    for name, declared in catalog[stream].json_schema["properties"].items():
        assert declared["description"].endswith("."), name
        target = declared.get("x-references") or declared.get("items", {}).get("x-references")
        assert target in {*catalog, "message templates", None}, name


def test_catalog_does_not_depend_on_messages_mode(catalog: dict[str, AirbyteStream]) -> None:
    config = {
        "api_key": "k",
        "project_id": "65f0aa11bb22cc33dd44ee01",
        "start_date": "2026-01-01T00:00:00Z",
        "messages_mode": "ticket",
    }
    source = SourceGleap()
    found = source.discover(logging.getLogger(), source.configure(config, ""))
    assert {stream.name: stream.json_schema for stream in found.streams} == {
        name: stream.json_schema for name, stream in catalog.items()
    }
