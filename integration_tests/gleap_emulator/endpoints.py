"""The endpoints that are served: what is behind a path, and how it is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Endpoint:
    """One path of the API.

    :param path: below `/v3`; a name in braces is the field of the record that this part of the path must equal
    :param stream: whose records it sends
    :param parent: the stream that such a field refers to: 404 if it has no such record
    :param parameters: those that it knows and does not take for a filter (docs/API.md 3.1, 3.3)
    :param is_paged: whether `limit` and `skip` are documented
    :param max_rows: most rows on a page; None: no such limit is known
    :param kinds: the only values that the field in braces has
    """

    path: str
    stream: str
    parent: str | None = None
    parameters: frozenset[str] = frozenset()
    is_paged: bool = False
    max_rows: int | None = None
    kinds: frozenset[str] = field(default=frozenset())

    @property
    def is_single(self) -> bool:
        """Whether it sends one record, in no envelope."""
        return self.path.endswith("/{id}")

    @cached_property
    def parent_field(self) -> str | None:
        """The field in braces."""
        found = re.search(r"{(\w+)}", self.path)
        return found[1] if found else None

    def match(self, path: str) -> Mapping[str, str] | None:
        """The fields that `path` asks for; None for a path of another endpoint."""
        found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.path), path)
        return found.groupdict() if found and (not self.kinds or found[1] in self.kinds) else None


ENGAGEMENT_KINDS = frozenset(
    {
        "banners",
        "chat-messages",
        "checklists",
        "cobrowse",
        "emails",
        "modals",
        "news",
        "product-tours",
        "push-notifications",
        "tooltips",
        "whatsapp-messages",
    }
)

ENDPOINTS = (
    Endpoint("/tickets", "tickets", parameters=frozenset({"ignoreArchived"}), is_paged=True, max_rows=1000),
    Endpoint("/tickets/{id}", "tickets", parent="tickets"),
    Endpoint("/tickets/{ticket_id}/activity-logs", "ticket_activity_logs", parent="tickets"),
    Endpoint("/sessions", "sessions", is_paged=True),
    Endpoint(
        "/messages",
        "messages",
        parameters=frozenset({"paginated", "before", "showHistory", "language"}),
        is_paged=True,
        max_rows=10_000,
    ),
    Endpoint("/projects/users", "users"),
    Endpoint("/teams", "teams"),
    Endpoint("/engagement/surveys", "surveys"),
    Endpoint("/engagement/surveys/{survey_id}/responses", "survey_responses", parent="surveys", is_paged=True),
    Endpoint("/engagement/{kind}", "engagements", kinds=ENGAGEMENT_KINDS),
    Endpoint("/helpcenter/collections/all", "help_center_collections"),
    Endpoint(
        "/helpcenter/collections/{collection_id}/articles", "help_center_articles", parent="help_center_collections"
    ),
)

# By parent and child, the field of the child that names its parent. Messages name theirs in the query.
CHILDREN: Mapping[tuple[str, str], str] = {("tickets", "messages"): "ticket"} | {
    (endpoint.parent, endpoint.stream): endpoint.parent_field
    for endpoint in ENDPOINTS
    if endpoint.parent and endpoint.parent_field and not endpoint.is_single
}


def find_endpoint(path: str) -> tuple[Endpoint, Mapping[str, str]] | None:
    """The endpoint of a path below `/v3`, and the fields that the path asks for; None if there is none."""
    return next(((each, found) for each in ENDPOINTS if (found := each.match(path)) is not None), None)
