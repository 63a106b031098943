"""Samples of a project, each asked for once, however many questions it helps to answer."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from source_gleap.components.extraction import Row
from source_gleap.components.window_pages import CursorRange, PageToken, Phase, QueryForm
from source_gleap.doctor.answer import Answer, answer_of, id_of
from source_gleap.doctor.client import Client, NoAnswerError
from source_gleap.doctor.requests_of_connector import RequestsOfConnector

ROWS_OF_A_SAMPLE = 10
ROWS_AFTER_A_PAGE = 5
# A search index refuses offsets above 10,000 by default (API.md 3.2).
DEEP_SKIP = 10_001
_SURVEYS_TRIED = 3
# An id as no project has it.
_NO_PROJECT = "0" * 24


class Samples:
    """What is asked of one project. Every method raises NoAnswerError when there is no answer, and when called anew.

    Streams go by their names in the catalog. Messages are read as the configuration says; or ticket by ticket, where
    the project-wide list is refused.
    """

    def __init__(self, client: Client, connector: RequestsOfConnector) -> None:
        self.client, self.connector = client, connector
        self._outcomes: dict[Any, Answer | NoAnswerError] = {}

    def first_page(self, stream: str) -> Answer:
        """The connector's first page, but of all times: the rows that were changed first. A whole list comes at once.

        A page that is too large for Gleap is asked for anew with few rows, as the connector would halve it.
        """
        if not self.connector.is_paged(stream):
            return self._asked(stream)
        try:
            return self._asked(stream, PageToken(), self.connector.page_size(stream))
        except NoAnswerError as error:
            if not error.is_too_large:
                raise
            return self._asked(stream, PageToken(), ROWS_OF_A_SAMPLE)

    def page_too_large(self, stream: str) -> NoAnswerError | None:
        """The refusal of the first page as the connector asks for it, if that is too large for Gleap."""
        try:
            self._asked(stream, PageToken(), self.connector.page_size(stream))
        except NoAnswerError as error:
            return error if error.is_too_large else None
        return None

    def newest(self, stream: str) -> Answer:
        """A few rows, newest first; fewer than the first page has, so that a limit shows."""
        count = max(2, min(ROWS_OF_A_SAMPLE, len(self.first_page(stream).items) - 1))
        return self._asked(stream, PageToken(phase=Phase.PROBE), count)

    def changed_at(self, stream: str, moment: str) -> Answer:
        """The rows last changed at `moment`: both bounds, as the connector sends them, are the same."""
        return self._asked(stream, PageToken(low=moment, high=moment), ROWS_OF_A_SAMPLE)

    def changed_ever(self, stream: str) -> Answer:
        """The first page, with bounds that leave nothing out."""
        step = PageToken(low="1970-01-01T00:00:00.000Z", high="2999-12-31T23:59:59.999Z")
        return self._asked(stream, step, self.connector.page_size(stream))

    def after_first_page(self, stream: str) -> Answer:
        """The last row of the first page, and a few more if there are any."""
        skip = max(0, len(self.first_page(stream).items) - 1)
        if not self.connector.is_paged(stream):
            # Not asked of a whole list by the connector: only here, to find out whether it is whole.
            return self._asked(stream, changes={"skip": skip, "limit": ROWS_AFTER_A_PAGE})
        return self._asked(stream, PageToken(skip=skip), ROWS_AFTER_A_PAGE)

    def deep(self, stream: str) -> Answer:
        """One row, deeper than a search index lets an offset go."""
        return self._asked(stream, PageToken(skip=DEEP_SKIP), 1)

    def without_parameters(self, stream: str, look: int = 1) -> Answer:
        return self._asked(stream, look=look)

    def tickets(self, archived: bool | None, look: int = 1, **changes: str) -> Answer:
        """A few tickets of one of the connector's two passes.

        :param archived: which pass; None for `archived` left out
        :param look: 2 asks anew what has been asked before
        :param changes: parameters to send besides
        """
        return self._asked(
            "tickets", PageToken(window=CursorRange("", "", archived=archived)), ROWS_OF_A_SAMPLE, changes, look=look
        )

    def teams_of_no_project(self) -> Answer:
        return self._asked("teams", headers={"Project": _NO_PROJECT})

    def project_wide_messages(self) -> Answer:
        """The connector's first page of messages, in `messages_mode: project`."""
        return self._asked("messages", PageToken(), self.connector.page_size("messages"), by_ticket=False)

    def messages_of_a_ticket(self) -> Answer:
        return self._asked("messages", PageToken(), self.connector.page_size("messages"), by_ticket=True)

    @cached_property
    def reads_messages_by_ticket(self) -> bool:
        """Whether messages have to be read ticket by ticket: it is set so, or they are refused otherwise."""
        if self.connector.messages_mode == "ticket":
            return True
        try:
            self.project_wide_messages()
        except NoAnswerError as error:
            return error.status == 400
        return False

    def is_windowed(self, stream: str) -> bool:
        """Whether a stream is asked for in ranges of `updatedAt`."""
        return self.connector.is_windowed(stream, stream == "messages" and self.reads_messages_by_ticket)

    @cached_property
    def ticket_with_messages(self) -> str | None:
        """The id of a ticket, of one with messages if the list shows which have."""
        try:
            rows = sorted(self.first_page("tickets").rows, key=lambda row: not row.get("latestComment"))
        except NoAnswerError:
            return None
        return next((found for row in rows if (found := id_of(row))), None)

    @cached_property
    def answered_survey(self) -> str | None:
        """The id of a survey with several responses, of the few that are tried; of another, if there is none."""
        try:
            surveys = sorted(self.first_page("surveys").rows, key=_replies, reverse=True)
        except NoAnswerError:
            return None
        found: list[tuple[int, str]] = []
        for survey in [key for row in surveys if (key := id_of(row))][:_SURVEYS_TRIED]:
            try:
                responses = self._asked("survey_responses", PageToken(), self._responses_a_page, survey=survey)
            except NoAnswerError as error:
                if error.status not in (404, 410):  # not gone: this is what the stream gets
                    return survey
                continue
            found.append((len(responses.items), survey))
            if len(responses.items) >= 3:
                break
        return max(found, default=(0, None))[1]

    @property
    def _responses_a_page(self) -> int:
        return self.connector.page_size("survey_responses")

    def _asked(
        self,
        stream: str,
        step: PageToken | None = None,
        limit: int | None = None,
        changes: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        look: int = 1,
        survey: str | None = None,
        by_ticket: bool | None = None,
    ) -> Answer:
        """A request of the connector's, or one that differs from it.

        :param step: which of its requests for a page; None: no parameter is sent but `changes`
        """
        if stream == "messages":
            is_partitioned = self.reads_messages_by_ticket if by_ticket is None else by_ticket
            partition = (
                {"ticket": self._needed(self.ticket_with_messages, "no ticket is known")} if is_partitioned else {}
            )
        elif stream == "survey_responses":
            partition = {"survey_id": self._needed(survey or self.answered_survey, "no survey is known")}
        else:
            partition = {}
        form = QueryForm(limit or 0, bounds="window" if step and step.low else "none")
        token = replace(step or PageToken(), form=form)
        url = self.connector.url(stream, partition, token)
        sent = self.connector.parameters(stream, partition, token) if step else {}
        sent = {name: value for name, value in {**sent, **(changes or {})}.items() if value is not None}
        key = (url, tuple(sorted(sent.items())), tuple((headers or {}).items()), look)
        if key not in self._outcomes:
            self._outcomes[key] = self._outcome(url, sent, {**self.connector.headers(stream), **(headers or {})})
        outcome = self._outcomes[key]
        if isinstance(outcome, NoAnswerError):
            is_connectors = not changes and not headers and (step or not self.connector.is_paged(stream))
            raise outcome if is_connectors else NoAnswerError(outcome.cause, outcome.status)
        return outcome

    def _outcome(self, url: str, parameters: Mapping[str, Any], headers: Mapping[str, str]) -> Answer | NoAnswerError:
        try:
            return answer_of(self.client.get(url, parameters, headers), self.connector.list_keys)
        except NoAnswerError as error:
            return error

    @staticmethod
    def _needed(value: str | None, otherwise: str) -> str:
        if value is None:
            raise NoAnswerError(otherwise)
        return value


def _replies(survey: Row) -> float:
    """How many replies a survey says that it had; 0 if it says nothing of the kind."""
    stats = survey.get("stats")
    counts = stats.values() if isinstance(stats, dict) else ()
    return max((count for count in counts if isinstance(count, (int, float))), default=0)
