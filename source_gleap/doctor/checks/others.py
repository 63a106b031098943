"""Where the status changes of a ticket can be read, and what is known of the rate limit."""

from collections.abc import Mapping
from urllib.parse import quote

from source_gleap.doctor.client import RequestFailedError
from source_gleap.doctor.connector_requests import StreamRequests
from source_gleap.doctor.list_response import ListResponse
from source_gleap.doctor.result import CheckResult, safe
from source_gleap.doctor.sampler import Sampler


def status_history(sampler: Sampler, _: StreamRequests) -> CheckResult:
    """Where the status changes of a ticket can be read, and whether these lists hold the same rows."""
    ticket = sampler.parent_ids("tickets")[0]
    observed, known = [], set[str | None]()
    for name, path, parameters in (
        ("`/activity-logs`", f"/tickets/{quote(ticket, safe='')}/activity-logs", {}),
        ("`/history`", f"/tickets/{quote(ticket, safe='')}/history", {}),
        ("`/messages` with `showHistory`", "/messages", {"ticket": ticket, "showHistory": "true"}),
    ):
        found = _list_or_cause(sampler, path, parameters)
        if isinstance(found, str):
            observed.append(f"{name}: {found}")
        else:
            ids = set(found.ids) - {None}
            observed.append(f"{name}: {len(found.items)} listed, {len(ids & known)} of them in the lists before")
            known |= ids
    return safe("; ".join(observed))


def rate_limit(sampler: Sampler, _: StreamRequests) -> CheckResult:
    """What the responses to the other checks show."""
    limits = sorted(sampler.client.rate_limits.items())
    shown = (f"`{name}`" if value is None else f"`{name}: {value}`" for name, value in limits)
    return safe(", ".join(shown) or "none came")


def _list_or_cause(sampler: Sampler, path: str, parameters: Mapping[str, str] | None = None) -> ListResponse | str:
    """The list at a path, or Gleap's error."""
    try:
        return sampler.list_at(path, parameters)
    except RequestFailedError as error:
        if error.is_transient:
            raise
        return error.cause
