"""Samples of a project, each requested once however many checks look at it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from source_gleap.components.extraction import Row
from source_gleap.components.window_pages import CursorRange, PageToken, Phase, QueryForm
from source_gleap.doctor.client import Client, RequestFailedError
from source_gleap.doctor.connector_requests import ConnectorRequests, StreamRequests
from source_gleap.doctor.list_response import ListResponse, parse_list

SAMPLE_ROWS = 10
_MAX_PARENTS = 3
# Pages of this many rows are served wherever a list can be read at all (docs/API.md 3.1).
_SMALL_PAGE = 20


class Sampler:
    """Sends the connector's requests, and others. Failures raise RequestFailedError; like responses, they are kept."""

    def __init__(self, client: Client, connector: ConnectorRequests) -> None:
        self.client, self.streams, self.tickets = client, connector.streams, connector.streams["tickets"]
        self.tickets_in_detail = connector.tickets_in_detail
        self._outcomes: dict[Any, Any] = {}
        self._forms: dict[StreamRequests, QueryForm] = {}
        self.refusals: dict[StreamRequests, RequestFailedError] = {}

    def form(self, stream: StreamRequests) -> QueryForm:
        """The form in which a sync reads the list of all times: the fullest that is served.

        What Gleap refused before is in `refusals`.
        """
        if stream not in self._forms:
            full = self._forms[stream] = QueryForm(stream.page_size, bounds="none")
            small = replace(full, limit=_SMALL_PAGE, sort=False)
            bare = replace(small, flags=False)
            if refusal := self._refusal(stream, full):
                self.refusals[stream] = refusal
                if refusal.is_too_large:
                    self._forms[stream] = replace(full, limit=SAMPLE_ROWS)
                elif not self._refusal(stream, bare):
                    forms = (replace(full, sort=False), small, bare)
                    self._forms[stream] = next(form for form in forms if not self._refusal(stream, form))
        return self._forms[stream]

    def first_page(self, stream: StreamRequests) -> ListResponse:
        """The connector's first page, but of all times. A list without pages comes whole."""
        return self.page(stream) if stream.page_size else self._request(stream)

    def page(
        self,
        stream: StreamRequests,
        limit: int = 0,
        skip: int = 0,
        dates: tuple[str, str] = ("", ""),
        newest: bool = False,
        encode_colons: bool = False,
    ) -> ListResponse:
        """A page as a sync requests it, of `limit` rows at most, with both of `dates` included."""
        form = self.form(stream)
        form = replace(form, limit=min(limit, form.limit) or form.limit, bounds="window" if dates[0] else "none")
        phase = Phase.PROBE if newest else Phase.OFFSET_ASCENDING
        token = PageToken(form=form, low=dates[0], high=dates[1], skip=skip, phase=phase)
        return self._request(stream, token, encode_colons=encode_colons)

    def after_first_page(self, stream: StreamRequests) -> ListResponse:
        """The last row of the first page, and four more if there are any."""
        count = len(self.first_page(stream).items)
        skip, limit = count - 1, max(1, min(5, count - 1))
        return self.page(stream, limit, skip) if stream.page_size else self.probe(stream, skip=skip, limit=limit)

    def ticket_pass(self, archived: bool | None, **parameters: str) -> ListResponse:
        """A few tickets of one pass; None: of both."""
        form = replace(self.form(self.tickets), limit=SAMPLE_ROWS)
        token = PageToken(form=form, window=CursorRange("", "", archived=archived))
        if archived is None or parameters:
            return self.probe(self.tickets, token, **parameters)
        return self._request(self.tickets, token)

    def probe(self, stream: StreamRequests, token: PageToken | None = None, **parameters: Any) -> ListResponse:
        """The list for a request that no sync sends, so that a refusal of it is not held against the project.

        It has no parameters of the connector's without a `token`.
        """
        try:
            return self._request(stream, token, parameters)
        except RequestFailedError as error:
            raise RequestFailedError(error.cause, error.is_transient) from error

    def record(self, stream: StreamRequests, key: str) -> Any:
        """The JSON document that a sync asks for as a parent's only record."""
        return self._get(stream, stream.url(PageToken(form=QueryForm(0, bounds="none")), key), {})

    def document(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """The JSON document at a path that no stream reads."""
        try:
            return self._get(self.tickets, f"{self.tickets.config['api_url']}{path}", parameters or {})
        except RequestFailedError as error:
            raise RequestFailedError(error.cause, error.is_transient) from error

    def list_at(self, path: str, parameters: Mapping[str, str] | None = None) -> ListResponse:
        """The list at such a path."""
        return parse_list(self.document(path, parameters), self.tickets.extractor)

    def parent_id(self, stream: StreamRequests) -> str | None:
        """The id of a parent with records, of the few that are tried; None for a stream without parents."""
        if not stream.parent:
            return None
        ids = self.parent_ids(stream.parent)[:_MAX_PARENTS]
        return next((key for key in ids if self._has_records(stream, key)), ids[0])

    def parent_ids(self, stream_name: str) -> list[str]:
        """The ids of a stream's first page, at least one; those first that say that other records belong to them."""
        try:
            page = self.first_page(self.streams[stream_name])
        except RequestFailedError as error:
            raise replace(error, is_refused=False, needs=stream_name) from error
        pairs = [(key, row) for key, row in zip(page.ids, page.items, strict=True) if key]
        if not pairs:
            raise RequestFailedError(f"no record of {stream_name} is known", is_transient=False)
        return [key for key, _ in sorted(pairs, key=lambda pair: -_count_children(pair[1]))]

    def _has_records(self, stream: StreamRequests, parent_id: str) -> bool:
        token = PageToken(form=QueryForm(stream.page_size, bounds="none"))
        try:
            return bool(self._request(stream, token, parent_id=parent_id).items)
        except RequestFailedError as error:
            return error.is_permanent or error.is_refused  # this is what the stream gets

    def _refusal(self, stream: StreamRequests, form: QueryForm) -> RequestFailedError | None:
        try:
            self._request(stream, PageToken(form=form))
        except RequestFailedError as error:
            return error if error.is_refused else None
        return None

    def _request(
        self,
        stream: StreamRequests,
        token: PageToken | None = None,
        parameters: Mapping[str, Any] | None = None,
        encode_colons: bool = False,
        parent_id: str | None = None,
    ) -> ListResponse:
        parent_id = parent_id or self.parent_id(stream)
        page = token or PageToken(form=QueryForm(0, bounds="none"))
        address, mark, query = stream.url(page, parent_id).partition("?")
        query = query.replace(":", "%3A") if encode_colons else query
        sent = {**(stream.parameters(page, parent_id) if token else {}), **(parameters or {})}
        return parse_list(self._get(stream, address + mark + query, sent), stream.extractor)

    def _get(self, stream: StreamRequests, url: str, parameters: Mapping[str, Any]) -> Any:
        key = (url, tuple(sorted(parameters.items())))
        if key not in self._outcomes:
            try:
                self._outcomes[key] = self.client.get(url, parameters, stream.requester)
            except RequestFailedError as error:
                self._outcomes[key] = error
        outcome = self._outcomes[key]
        if isinstance(outcome, RequestFailedError):
            raise outcome
        return outcome


def _count_children(row: Row) -> float:
    """How many messages or responses a ticket or survey says that it has; 0 if it says nothing of the kind."""
    stats = row.get("stats")
    counts = [count for count in stats.values() if isinstance(count, (int, float))] if isinstance(stats, dict) else []
    return max([bool(row.get("latestComment")), *counts])
