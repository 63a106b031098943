"""Who may ask, and how often (API.md 1.2, 5)."""

from source_gleap.doctor.client import NoAnswerError
from source_gleap.doctor.finding import Finding, not_seen, safe
from source_gleap.doctor.samples import Samples

_REFUSALS = (400, 401, 403, 404)


def key_and_project(samples: Samples) -> Finding:
    samples.first_page("teams")
    return safe("accepted")


def unknown_project(samples: Samples) -> Finding:
    """Whether a project id with a mistake in it would be noticed. This project's id has none if there are records."""
    ours = samples.first_page("teams")
    try:
        theirs = samples.teams_of_no_project()
    except NoAnswerError as error:
        if error.status not in _REFUSALS:
            raise
        return safe(f"refused ({error.cause})")
    if not ours.items:
        return not_seen("answered without records, and so is this project: look twice that 'Project ID' is right")
    if theirs.items and theirs.ids == ours.ids:
        return safe("not looked at: the key decides")
    return safe("answered without complaint; but this one has records, so its id is right")


def rate_limit(samples: Samples) -> Finding:
    """What came of it by itself: no 429 is provoked."""
    headers = ", ".join(f"`{name}`" for name in sorted(samples.client.limit_headers))
    others = f"; headers seen: {headers}" if headers else "; no header that tells the limit"
    waits = samples.client.refused_for_now
    if not waits:
        return not_seen(f"no 429 came{others}")
    asked = sorted({wait for wait in waits if wait is not None})
    if not asked:
        return safe(f"429 without `Retry-After`: waits 2, 4, 8 ... 60 s{others}")
    return safe(f"429 with `Retry-After` of {', '.join(f'{wait:.0f}' for wait in asked)} s{others}")
