"""What an endpoint responds, headers and connection aside (docs/API.md 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any
from urllib.parse import unquote

import orjson

from integration_tests.gleap_emulator import query, serialization
from integration_tests.gleap_emulator.behavior import Behavior
from integration_tests.gleap_emulator.collection import Collection, Order
from integration_tests.gleap_emulator.endpoints import Endpoint
from integration_tests.gleap_emulator.messages import Response
from integration_tests.gleap_emulator.project import Project
from integration_tests.gleap_emulator.query import Query

_NATURAL: Mapping[str, Order] = {
    "created": (("createdAt", 1),),
    "updated_desc": (("updatedAt", -1),),
    "id": (("id", 1),),
}
_ON_DATES = frozenset({"$gt", "$gte", "$lt", "$lte"})


def error_response(status: int, message: str) -> Response:
    """An error with a JSON body; what Gleap's look like is unknown (1.2), `message` is what a client looks for."""
    return Response(status, orjson.dumps({"message": message}))


def respond(
    project: Project, endpoint: Endpoint, fields: Mapping[str, str], query_string: str, behavior: Behavior
) -> Response:
    """The response of an endpoint.

    :param fields: what the path asks for
    """
    stream, parents = endpoint.stream, {unquote(value) for value in fields.values()}
    if endpoint.parent and (
        not parents <= project.expected_records[endpoint.parent].keys() or parents & behavior.gone_parents
    ):
        return error_response(404, f"{endpoint.parent} not found")
    if endpoint.is_single:
        return Response(body=project.collections[stream].row(*parents), rows=1)
    try:
        asked = query.parse(query_string, endpoint.parameters, behavior.reads_queries)
        if refused := _refused(asked, behavior):
            return refused
        filters = _filters(stream, asked, behavior) | {name: {"$eq": unquote(fields[name])} for name in fields}
        query.check_dates(filters)
        project_wide = stream == "messages" and "ticket" not in filters
        if project_wide and behavior.project_wide_messages is False:
            return error_response(400, "ticket is required")
        if behavior.max_skip is not None and asked.skip > behavior.max_skip:
            return error_response(400, f"Result window is too large: skip must be at most {behavior.max_skip}")
        collection = project.collections[stream]
        ids = collection.select(filters, _order(stream, asked, behavior))
        if project_wide and behavior.project_wide_messages == "empty":
            ids = []
    except query.CastError as error:
        # The model's name is unknown.
        return Response(409, orjson.dumps({"name": "CastError", "message": f'{error} for model "{stream}"'}))
    except ValueError as error:
        return error_response(400, f"Invalid query: {error}")
    if stream == "messages" and asked.own.get("paginated") == "true":
        return _paginated(endpoint, collection, ids, asked, behavior)
    page = _page(endpoint, ids, asked, behavior)
    if behavior.max_rows_before_504 is not None and len(page) > behavior.max_rows_before_504:
        return Response(behavior.too_large_status, b"too large or too slow", content_type="text/plain")
    lacking = serialization.ONLY_ON_SINGLE_TICKETS if stream == "tickets" and behavior.lean_ticket_rows else frozenset()
    rows = _numbered(collection, page) if stream == "messages" else collection.rows(page, lacking)
    if behavior.max_page_bytes is not None and not behavior.ignores_paging:
        sizes = accumulate(map(len, rows))
        rows = rows[: max(2, sum(size <= behavior.max_page_bytes for size in sizes))]
    count = len(rows)
    body = b"[" + b",".join(rows) + b"]"
    if behavior.announces_more and not endpoint.is_paged:
        return _announcing(stream, body, count, len(ids), asked.skip + count < len(ids), behavior)
    return Response(body=_enveloped(stream, body, count, len(ids), behavior), rows=count)


def _refused(asked: Query, behavior: Behavior) -> Response | None:
    kinds = asked.names | {"bounds"} if any(map(_ON_DATES.intersection, asked.filters.values())) else asked.names
    if refused := sorted(kinds & behavior.refuses):
        return error_response(behavior.refusal_status, f"Not supported: {', '.join(refused)}")
    if behavior.max_limit is not None and (asked.limit or 0) > behavior.max_limit:
        return error_response(behavior.refusal_status, "limit is too large")
    return None


def _filters(stream: str, asked: Query, behavior: Behavior) -> dict[str, Mapping[str, Any]]:
    filters: dict[str, Mapping[str, Any]] = dict(asked.filters)
    if behavior.date_filters == "ignored" or not behavior.honours_filters:
        filters = {name: value for name, value in filters.items() if _ON_DATES.isdisjoint(value)}
    elif behavior.date_filters == "blind":
        filters = {name if _ON_DATES.isdisjoint(value) else f"{name}>": value for name, value in filters.items()}
    hides = behavior.hides_archived and asked.own.get("ignoreArchived") != "true"
    if stream == "tickets" and "archived" not in filters and hides:
        filters["archived"] = {"$eq": False}
    return filters


def _order(stream: str, asked: Query, behavior: Behavior) -> Order:
    if stream == "messages" and behavior.message_order == "conversation":
        return (("ticket", 1), ("createdAt", 1))  # 3.3
    return asked.sort if asked.sort and behavior.honours_sort else _NATURAL[behavior.natural_order]


def _page(endpoint: Endpoint, ids: Sequence[str], asked: Query, behavior: Behavior) -> Sequence[str]:
    has_paging = endpoint.is_paged or behavior.page_cap is not None
    if not has_paging or behavior.ignores_paging or endpoint.stream == "ticket_activity_logs":  # docs/API.md 3.11
        return ids
    limit = asked.limit or (behavior.default_limit if endpoint.stream == "tickets" else len(ids))
    return ids[asked.skip :][: min(limit, endpoint.max_rows or limit, behavior.page_cap or limit)]


def _numbered(collection: Collection, page: Sequence[str]) -> list[bytes]:
    """Rows with `index`, the position in the conversation as far as it is on this page (4.3)."""
    positions: dict[str | None, int] = {}
    rows = []
    for record_id, row in zip(page, collection.rows(page), strict=True):
        ticket = collection.records[record_id].get("ticket")
        index = positions.get(ticket, 0)
        positions[ticket] = index + 1
        rows.append(b'%b,"index":%d}' % (row[:-1], index))
    return rows


def _paginated(
    endpoint: Endpoint, collection: Collection, ids: Sequence[str], asked: Query, behavior: Behavior
) -> Response:
    """The documented deep-paging mode (3.3): newest first, `nextBefore` opaque, both inferred."""
    newest = sorted(ids, key=lambda record_id: (collection.records[record_id]["createdAt"], record_id), reverse=True)
    if before := asked.own.get("before"):
        mark = before.removeprefix("cursor-").rpartition("-")
        newest = [key for key in newest if (collection.records[key]["createdAt"], key) < (mark[0], mark[2])]
    page = _page(endpoint, newest, replace(asked, skip=0), behavior)
    more = len(page) < len(newest)
    cursor = f"cursor-{collection.records[page[-1]]['createdAt']}-{page[-1]}" if more else None
    tail = orjson.dumps({"hasMore": more, "nextBefore": cursor})[1:]
    return Response(body=b'{"items":[' + b",".join(_numbered(collection, page)) + b"]," + tail, rows=len(page))


def _announcing(stream: str, rows: bytes, count: int, total: int, more: bool, behavior: Behavior) -> Response:
    """A page of a list without documented paging that says in one of the usual ways whether there is more."""
    if behavior.announces_more == "link":
        headers = {"Link": f'</v3/{stream}?skip={count}>; rel="next"'} if more else {}
        return Response(body=rows, headers=headers, rows=count)
    announcement = (
        b'"totalCount":%d' % total if behavior.announces_more == "totalCount" else b'"hasMore":%s' % _json_bool(more)
    )
    return Response(body=b'{"items":' + rows + b"," + announcement + b"}", rows=count)


def _json_bool(value: bool) -> bytes:
    return b"true" if value else b"false"


def _enveloped(stream: str, rows: bytes, count: int, total: int, behavior: Behavior) -> bytes:
    envelopes = {
        "tickets": "tickets",
        "surveys": behavior.survey_envelope,
        "survey_responses": behavior.response_envelope,
    }
    key = envelopes.get(stream)
    if key is None:
        return rows
    totals = b',"count":%d,"totalCount":%d' % (count, total) if behavior.sends_total and stream != "surveys" else b""
    return b"{" + orjson.dumps(key) + b":" + rows + totals + b"}"
