"""How long a request is tried again, and what is said when it is not tried any more."""

import logging
import random
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import BackoffStrategy
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

LOGGER = logging.getLogger("airbyte")


@dataclass(frozen=True)
class Trouble:
    """Why a request has to be tried again.

    :param what: the end of the sentence "Gleap ..."
    :param advice: what its reader can do
    :param tries: how often it is tried in all
    """

    what: str
    advice: str
    tries: int


@dataclass
class Patience(BackoffStrategy):
    """Seconds to wait before a request is tried again: what Gleap asks for, else 2, 4, 8 ... and at most `longest`.

    The waits are varied by a quarter, so that workers which were refused together do not come back together; the CDK
    adds a second to each.

    Raises AirbyteTracedException (transient), which says what was wrong and what can be done: the request has been
    tried often enough.

    :param longest: the longest wait that is not Gleap's wish, in seconds
    :param name: the stream's, for the log
    """

    parameters: InitVar[Mapping[str, Any]]
    longest: float = 60
    name: str = ""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self.name = parameters.get("name", self.name)

    def backoff_time(
        self, response_or_exception: requests.Response | requests.RequestException | None, attempt_count: int
    ) -> float:
        trouble = trouble_of(response_or_exception)
        asked = asked_to_wait(response_or_exception)
        if attempt_count >= trouble.tries or attempt_count * (asked or 0) > SECONDS_WHEN_ASKED:
            raise _out_of_patience(trouble, attempt_count, asked)
        wait = asked or min(self.longest, 2.0**attempt_count) * random.uniform(0.75, 1)
        LOGGER.info(
            f"Stream {self.name}: Gleap {trouble.what}. Waiting {wait + 1:.0f} s, then trying again "
            f"({attempt_count + 1} of {trouble.tries})."
        )
        return wait


# Answers that take minutes to fail are tried less often, so that no request is waited for longer than a quarter of an
# hour: 4 times 120 s. Where no connection can be made at all, the address is wrong, or the network is: a minute shows.
TRIES, TRIES_WHEN_SLOW, TRIES_TO_CONNECT, TRIES_WHEN_LIMITED = 8, 4, 6, 12
SECONDS_WHEN_ASKED = 600

_WAIT_FOR_GLEAP = "If it stays so for hours, ask Gleap's support."


def trouble_of(found: requests.Response | requests.RequestException | None) -> Trouble:
    """What is the matter with an answer that has to be asked for again, or with the attempt to get one."""
    if isinstance(found, requests.Response):
        return _trouble_of_answer(found)
    if isinstance(found, requests.ReadTimeout):
        return Trouble("did not answer in time", _WAIT_FOR_GLEAP, TRIES_WHEN_SLOW)
    request = found.request if found is not None else None
    host = urlsplit(str(request.url)).netloc if request is not None else "it"
    return Trouble(
        f"could not be reached, or broke the connection ({type(found).__name__})",
        f"Check 'API URL', and that Airbyte's network lets requests out to {host}.",
        TRIES_TO_CONNECT,
    )


def _trouble_of_answer(answer: requests.Response) -> Trouble:
    if defect := getattr(answer, "gleap_defect", None):  # set by AnswerReader
        return Trouble(str(defect), _WAIT_FOR_GLEAP, TRIES_WHEN_SLOW if defect.is_slow else TRIES)
    if answer.status_code == requests.codes.too_many_requests:
        return Trouble(
            "refused a request because its limit of 1000 a minute is reached (HTTP 429)",
            "Lower 'Number of workers', or run what else uses this project's API at another time.",
            TRIES_WHEN_LIMITED,
        )
    waited = answer.status_code in (requests.codes.gateway_timeout, requests.codes.request_timeout)
    return Trouble(
        f"is not available: it answered HTTP {answer.status_code} and said: {answer.json()['message']}",
        _WAIT_FOR_GLEAP,
        TRIES_WHEN_SLOW if waited else TRIES,
    )


def asked_to_wait(found: requests.Response | requests.RequestException | None) -> float | None:
    """The seconds that an answer's `Retry-After` names, as a number or a date; None where it names none.

    Whether Gleap sends the header is unknown (API.md 1.2).
    """
    header = found.headers.get("Retry-After") if isinstance(found, requests.Response) else None
    try:
        return Retry().parse_retry_after(header) if header else None
    except InvalidHeader:
        return None


def _out_of_patience(trouble: Trouble, tries: int, asked: float | None) -> AirbyteTracedException:
    given_up = f"It asked to wait {asked:.0f} s." if tries < trouble.tries else f"It was asked {tries} times."
    return AirbyteTracedException(
        message=f"Gleap {trouble.what}. {given_up} Nothing is lost: the next sync goes on where this one stopped. "
        f"{trouble.advice}",
        internal_message=f"Gave up after {tries} tries: {trouble.what}",
        failure_type=FailureType.transient_error,
    )
