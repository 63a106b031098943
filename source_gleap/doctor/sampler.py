"""Samples of a stream, requested as its manifest says, by the CDK's own components."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from airbyte_cdk.sources.declarative.models.declarative_component_schema import HttpRequester as HttpRequesterModel
from airbyte_cdk.sources.declarative.parsers.model_to_component_factory import ModelToComponentFactory
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap.components.extraction import Row, find_list, id_of
from source_gleap.components.normalization import to_utc
from source_gleap.components.window_pages import PageToken, QueryForm
from source_gleap.doctor.client import Client, RequestFailedError

SAMPLE_ROWS = 10
_MAX_IDS = 3
# Pages of this many rows are served wherever a list can be read at all (docs/API.md 3.1).
_SMALL_PAGE = 20


@dataclass(frozen=True)
class ListResponse:
    """The list in a JSON document: its items as sent, the key they came under, how many match the query in all."""

    items: Sequence[Any]
    envelope: str | None = None
    total: int | None = None

    @property
    def rows(self) -> list[Row]:
        return [item for item in self.items if isinstance(item, dict)]

    @property
    def ids(self) -> list[str | None]:
        return [id_of(item) if isinstance(item, dict) else None for item in self.items]

    @property
    def dates(self) -> list[str]:
        """The `updatedAt` of each row that has one."""
        return [date for row in self.rows if (date := to_utc(row.get("updatedAt")))]


@dataclass(eq=False)
class Sampler:
    """The requests of one stream, and others. All that send one raise RequestFailedError.

    Attributes:
        definition: The stream's definition in the manifest, its references resolved.
        config: A valid configuration.
        client: Sends the requests.
        streams: All streams of a sync, by name; tickets as they are listed.
        refusal: Why the list is read in another than its full form.
    """

    definition: Any
    config: Mapping[str, Any]
    client: Client
    streams: Mapping[str, "Sampler"]
    refusal: RequestFailedError | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        retriever = self.definition["retriever"]
        pagination = retriever.get("paginator", {}).get("pagination_strategy", {})
        self._router = retriever.get("partition_router", {})
        self._parent = next(iter(self._router.get("parent_stream_configs", ())), None)
        self.parent: str | None = self._parent and self._parent["stream"]["name"]
        self.name: str = self.definition["name"]
        self.fields: Mapping[str, Any] = self.definition["schema_loader"]["schema"]["properties"]
        self.extractor: Mapping[str, Any] = retriever["record_selector"]["extractor"]
        # The dates that are taken for the cursor: each where those before it are missing.
        self.cursor_fields: Sequence[str] = self.extractor.get("cursor_fields", ["updatedAt", "createdAt"])
        self.page_size: int = pagination.get("page_size", 0)  # 0: the whole list is one response
        self.has_date_filter = "updatedAt" in retriever["requester"]["url"]
        self.is_windowed = self.has_date_filter and not self._parent

    @cached_property
    def form(self) -> QueryForm:
        """The form in which a sync reads the list of all times: the fullest that is served."""
        full = QueryForm(self.page_size, bounds="none")
        small = replace(full, limit=_SMALL_PAGE, sort=False)
        bare = replace(small, flags=False)
        self.refusal = self._refusal(full)
        if self.refusal and not self.refusal.is_permanent:  # too large
            return replace(full, limit=SAMPLE_ROWS)
        if not self.refusal or self._refusal(bare):
            return full
        return next(form for form in (replace(full, sort=False), small, bare) if not self._refusal(form))

    @cached_property
    def first_page(self) -> ListResponse:
        """The connector's first page, but of all times. A list without pages comes whole."""
        try:
            return self.page() if self.page_size else self._list()
        except RequestFailedError as error:
            raise replace(error, is_refused=False, needs=error.needs or self.name) from error

    @property
    def known_ids(self) -> list[str]:
        """Up to three ids of the first page, at least one; those first that say that other records belong to them."""
        rows = sorted(self.first_page.rows, key=_count_children, reverse=True)
        if keys := [key for row in rows if (key := id_of(row))]:
            return keys[:_MAX_IDS]
        raise RequestFailedError(f"no record of {self.name} is known", is_transient=False)

    def token(self, limit: int = 0, **query: Any) -> PageToken:
        """A request of the connector's for `limit` rows at most; `query` are attributes of `PageToken`."""
        bounds: Literal["window", "none"] = "window" if "low" in query else "none"
        form = replace(self.form, limit=min(limit, self.form.limit) or self.form.limit, bounds=bounds)
        return PageToken(form=form, **query)

    def page(self, limit: int = 0, **query: Any) -> ListResponse:
        """The response to such a request."""
        return self._list(self.token(limit, **query))

    def after_first_page(self) -> ListResponse:
        """The last row of the first page, and four more if there are any."""
        skip = len(self.first_page.items) - 1
        limit = max(1, min(5, skip))
        return self.page(limit, skip=skip) if self.page_size else self.probe(skip=skip, limit=limit)

    def probe(self, token: PageToken | None = None, path: str = "", **parameters: Any) -> ListResponse:
        """The list for a request that no sync sends, so that a refusal of it is not held against the project.

        It has no parameters of the connector's without a `token`, and is sent to `path` instead of the stream's own.
        """
        try:
            return self._list(token, path=path, **parameters)
        except RequestFailedError as error:
            raise RequestFailedError(error.cause, error.is_transient) from error

    def _list(
        self, token: PageToken | None = None, parent_id: str | None = None, path: str = "", **parameters: Any
    ) -> ListResponse:
        """The list that a sync asks for by this token, of this parent or the first one with records."""
        page = token or PageToken(form=QueryForm(0, bounds="none"))
        partition = {}
        if self._parent:
            partition = {self._parent["partition_field"]: parent_id or self.parent_id}
        elif self._router:
            partition = {self._router["cursor_field"]: self._router["values"][0]}
        stream_slice = StreamSlice(partition=partition, cursor_slice={}, extra_fields={"page": page})
        url = self._requester.get_url(stream_state=None, stream_slice=stream_slice, next_page_token={})
        url = f"{self.config['api_url']}{path}" if path else url
        sent = self._requester.get_request_params(stream_slice=stream_slice, next_page_token={}) if token else {}
        sent = {name: value for name, value in sent.items() if value not in (None, "")}
        document = self.client.get(url, {**sent, **parameters}, self._requester)
        if self.extractor.get("is_single_record"):
            return ListResponse([document])
        keys = self.extractor["list_keys"]
        try:
            items = find_list(document, self.extractor.get("own_keys", ()), keys)
        except AirbyteTracedException as error:  # its message names keys, which may be content
            cause = "a response without a list of records"
            raise RequestFailedError(cause, is_transient=False, is_permanent=True) from error
        if isinstance(document, list):
            return ListResponse(items)
        total = document.get(self.extractor.get("total_key"))
        envelope = next((key for key in keys if document.get(key) is items), None)
        return ListResponse(items, envelope, total if type(total) is int else None)

    def _refusal(self, form: QueryForm) -> RequestFailedError | None:
        try:
            self._list(PageToken(form=form))
        except RequestFailedError as error:
            return error if error.is_refused else None
        return None

    @cached_property
    def _requester(self) -> HttpRequester:
        definition = self.definition["retriever"]["requester"]
        found: HttpRequester = ModelToComponentFactory().create_component(
            HttpRequesterModel, definition, self.config, name=self.name, decoder=None
        )
        return found

    @cached_property
    def parent_id(self) -> str | None:
        """A parent with records, of the few that are tried; None for a stream without parents."""
        if not self.parent:
            return None
        ids = self.streams[self.parent].known_ids
        return next((key for key in ids if self._has_records(key)), ids[0])

    def _has_records(self, parent_id: str) -> bool:
        try:
            return bool(self._list(PageToken(form=QueryForm(self.page_size, bounds="none")), parent_id).items)
        except RequestFailedError as error:
            return error.is_permanent or error.is_refused  # this is what the stream gets


def _count_children(row: Row) -> float:
    """How many messages or responses a ticket or survey says that it has; 0 if it says nothing of the kind."""
    stats = row.get("stats")
    counts = [count for count in stats.values() if isinstance(count, (int, float))] if isinstance(stats, dict) else []
    return max([bool(row.get("latestComment")), *counts])
