"""What the server can be set to do."""

from dataclasses import dataclass
from typing import Literal

from integration_tests.gleap_emulator.query import Reading


@dataclass(frozen=True)
class Behavior:
    """How the server treats requests; where docs/API.md says [unknown], every possibility is a behavior.

    :param reads_queries: `strict`: a query is decoded by decodeURI, so `%3A` in a date is 409 (docs/API.md 2.1);
        `lenient`: name and value are decoded whole, as Express does, so `%3A` is a colon
    :param page_cap: most rows on a page, whatever `limit` (3.2: caps of most lists are unknown)
    :param max_page_bytes: most bytes of a page's rows, of which two come whatever their size
    :param honours_sort: False: `sort` is ignored, rows come in `natural_order` (3.1: the default order is unreliable)
    :param natural_order: the order without `sort`
    :param message_order: `conversation`: messages come by ticket, then by date, whatever `sort` says (3.3);
        `sorted`: they honour `sort` as every other list does
    :param date_filters: `honoured`; `ignored`: operators are ignored (3.2d); `blind`: `updatedAt>` is the name of a
        field that no record has, so a filter with an operator finds nothing; every other filter still works
    :param honours_filters: False: the same as `date_filters="ignored"`
    :param refuses: names of parameters, and `bounds` for filters with an operator, of which a request must have none
    :param max_limit: the largest `limit` that is not refused
    :param refusal_status: of the response to a request with a parameter that is refused
    :param hides_archived: the listing without `archived` and `ignoreArchived` has no archived tickets (3.1)
    :param max_skip: 400 for a deeper `skip` (3.2c: the result window of a search index)
    :param ignores_paging: `limit` and `skip` are ignored and every row is sent (3.1: activity logs do so)
    :param default_limit: rows on a page of tickets if no `limit` is sent (3.1)
    :param survey_envelope: None: surveys come as a bare array (3.5); else the key of the array in an object
    :param response_envelope: the same of survey responses (3.6)
    :param sends_total: False: `count` and `totalCount` are left out (3.1: treat as optional)
    :param project_wide_messages: False: 400 for messages without `ticket` (3.3); `empty`: they find nothing
    :param lean_ticket_rows: rows of the list of tickets lack what only single tickets have (docs/API.md 4.1)
    :param announces_more: how lists without paging that `page_cap` cuts off say that there are more; None: not at all
    :param gone_parents: ids of records that are listed, but 404 when asked for what belongs to them (3.6)
    :param latency_seconds: wait before each response
    :param requests_per_second: 429 above it (5: in expected_records 1000 a minute)
    :param retry_after: value of the 429's `Retry-After` header; None: no such header
    :param max_rows_before_504: pages that would hold more rows are refused with `too_large_status` (1.2)
    """

    reads_queries: Reading = "strict"
    page_cap: int | None = None
    max_page_bytes: int | None = None
    honours_sort: bool = True
    natural_order: Literal["created", "updated_desc", "id"] = "created"
    message_order: Literal["conversation", "sorted"] = "conversation"
    date_filters: Literal["honoured", "ignored", "blind"] = "honoured"
    honours_filters: bool = True
    refuses: frozenset[str] = frozenset()
    max_limit: int | None = None
    refusal_status: Literal[400, 409, 422] = 400
    hides_archived: bool = True
    max_skip: int | None = None
    ignores_paging: bool = False
    default_limit: int = 20
    survey_envelope: str | None = None
    response_envelope: str | None = None
    sends_total: bool = True
    project_wide_messages: bool | Literal["empty"] = True
    lean_ticket_rows: bool = True
    announces_more: Literal["totalCount", "hasMore", "link"] | None = None
    gone_parents: frozenset[str] = frozenset()
    latency_seconds: float = 0.0
    requests_per_second: int | None = None
    retry_after: int | None = None
    max_rows_before_504: int | None = None
    too_large_status: Literal[504, 413] = 504
