"""All questions, and the order in which they are asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from source_gleap.doctor.client import NoAnswerError
from source_gleap.doctor.finding import Finding, not_safe, not_seen
from source_gleap.doctor.questions import access, filters, messages, order, paging, shape, tickets
from source_gleap.doctor.samples import Samples

_STREAMS = ("tickets", "sessions", "messages", "teams", "surveys", "survey_responses")


@dataclass(frozen=True)
class Question:
    """One line of the table.

    :param stream: the stream that it is about; `all` if it is about none
    :param topic: its name, unique within the stream
    :param assumed: what the connector assumes; `either` if it emits every record whatever the answer is
    :param answer: asks, and judges
    """

    stream: str
    topic: str
    assumed: str
    answer: Callable[[Samples], Finding]


def questions(samples: Samples) -> Iterator[Question]:
    """Those that depend on earlier answers come later; whether there are some at all may depend on them as well."""
    yield Question("all", "access", "key and project belong together", access.key_and_project)
    yield Question("all", "unknown project", "refused", access.unknown_project)
    for stream in _STREAMS:
        yield from _of_stream(samples, stream)
    yield Question("all", "rate limit", "either (`Retry-After` is obeyed)", access.rate_limit)


def answered(question: Question, samples: Samples) -> Finding:
    """The finding to a question. That there is no answer is no reason to end: it is the finding."""
    try:
        return question.answer(samples)
    except NoAnswerError as error:
        if error.lasts:
            return not_safe(f"refused: {error.cause}", "a sync that asks so fails")
        return not_seen(error.cause)


def _of_stream(samples: Samples, stream: str) -> Iterator[Question]:
    def about(topic: str, assumed: str, answer: Callable[[Samples, str], Finding]) -> Question:
        return Question(stream, topic, assumed, partial(_unless_unlisted, answer, stream))

    is_by_ticket = stream == "messages" and samples.reads_messages_by_ticket
    if stream == "messages":
        assumed = "allowed" if samples.connector.messages_mode == "project" else "either"
        yield Question(stream, "project-wide list", assumed, messages.project_wide)
    yield Question(
        stream,
        "list of one ticket" if is_by_ticket else "list",
        "an array, bare or under a known key",
        partial(shape.listed, stream=stream),
    )
    yield about("id", "`id` or `_id` in each row", shape.ids)
    yield about("updatedAt", "in each row, to the millisecond", shape.change_dates)
    yield about("types", "the declared fields can be read", shape.types)
    if shape.reference_fields(samples, stream):
        yield about("references", "either: ids or records", shape.references)
    if not samples.connector.is_paged(stream):
        yield about("one request", "brings the whole list", paging.whole_list)
        return
    yield about("sort", "either", order.sort)
    if samples.is_windowed(stream):
        yield about("date filters", "either, bounds included", filters.date_filters)
    yield about("limit, skip", "honoured", paging.limit_and_skip)
    yield about("page cap", f"either ({samples.connector.page_size(stream)} are asked for)", paging.page_cap)
    if stream == "sessions" or (stream == "messages" and not is_by_ticket):
        yield about("deep skip", "either", paging.deep_skip)
    if stream == "tickets":
        yield from _of_tickets()
    if is_by_ticket:
        yield Question(stream, "of one ticket", "`ticket` filters", messages.of_one_ticket)
    if stream == "messages":
        assumed = "either" if samples.connector.messages_mode == "project" else "it does"
        yield Question(stream, "moves its ticket", assumed, messages.moves_ticket)
    if stream == "survey_responses":
        yield about("answers", "under `responses` or `formData`", shape.answers)


def _of_tickets() -> Iterator[Question]:
    yield Question("tickets", "totalCount", "either", tickets.total_count)
    yield Question("tickets", "archived flag", "tells archived tickets from others", tickets.archived_flag)
    yield Question("tickets", "two passes", "`archived=false` and `=true` bring all", tickets.two_passes)
    yield Question("tickets", "archived by default", "either (the flags are always sent)", tickets.archived_by_default)
    yield Question("tickets", "spam by default", "listed", tickets.spam)
    yield Question("tickets", "limit by default", "either (`limit` is always sent)", tickets.default_limit)


def _unless_unlisted(answer: Callable[[Samples, str], Finding], stream: str, samples: Samples) -> Finding:
    try:
        samples.first_page(stream)
    except NoAnswerError:
        # Said once, in the line about the list.
        return not_seen("see `list`")
    return answer(samples, stream)
