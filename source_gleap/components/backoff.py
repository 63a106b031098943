"""Retry policy: waits, attempt limits, and the error when they are exhausted."""

import logging
import random
import re
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import BackoffStrategy
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

from source_gleap.components.responses import parsed

LOGGER = logging.getLogger("airbyte")

# Responses that take minutes to fail are requested less often, so that no request is waited for longer than a quarter
# of an hour: 4 times 120 s. Where no connection can be made, the address or the network is wrong: a minute shows that.
MAX_ATTEMPTS = 8
MAX_ATTEMPTS_ON_TIMEOUT = 4
MAX_ATTEMPTS_TO_CONNECT = 6
MAX_ATTEMPTS_WHEN_RATE_LIMITED = 12
MAX_RETRY_AFTER_SECONDS = 600

# A page that takes too long, or that a gateway gives up on, may succeed with fewer rows.
ATTEMPTS_PER_PAGE_SIZE = 2
MIN_PAGE_SIZE = 31

_ASK_GLEAP = "If this lasts for hours, ask Gleap's support."


@dataclass(frozen=True)
class RetryReason:
    """Why a request has to be retried.

    Attributes:
        description: The end of the sentence "Gleap ...".
        advice: What the reader of the error can do.
        max_attempts: How often the request is sent, the first time included.
        may_be_too_large: Whether a smaller page may succeed.
    """

    description: str
    advice: str
    max_attempts: int
    may_be_too_large: bool = False


class PageFailedError(AirbyteTracedException):
    """A page failed as often as pages of its size are requested. A smaller one may succeed.

    It fails the stream as any other error does, unless the reader of the partition asks for a smaller page.

    Attributes:
        reason: Why, as the end of the sentence "Gleap ...".
        attempts: How often the page was requested.
        max_attempts: How often pages of all sizes may be requested.
    """

    def __init__(self, reason: RetryReason, attempts: int) -> None:
        self._reason, self.reason, self.attempts, self.max_attempts = (
            reason,
            reason.description,
            attempts,
            reason.max_attempts,
        )
        error = self.exhausted(attempts)
        super().__init__(error.internal_message, error.message, error.failure_type)

    def exhausted(self, attempts: int) -> AirbyteTracedException:
        """The error of a stream whose page has failed so many times."""
        return _exhausted(self._reason, attempts, f"It was asked {attempts} times.")


@dataclass
class GleapBackoffStrategy(BackoffStrategy):
    """Seconds to wait before a retry: `Retry-After` if it was sent, otherwise exponential backoff with jitter.

    The waits vary by a quarter, so that workers which were refused together do not come back together; the CDK adds a
    second to each.

    Attributes:
        max_backoff_seconds: The longest wait that Gleap has not asked for.
        max_retry_after_seconds: The longest time, all waits together, that Gleap may ask to wait.
        max_attempts: The most attempts, whatever the reason of the retry allows.
        name: The stream's, for the log.
    """

    parameters: InitVar[Mapping[str, Any]]
    max_backoff_seconds: float = 60
    max_retry_after_seconds: float = MAX_RETRY_AFTER_SECONDS
    max_attempts: int | None = None
    name: str = ""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self.name = parameters.get("name", self.name)

    def backoff_time(
        self, response_or_exception: requests.Response | requests.RequestException | None, attempt_count: int
    ) -> float:
        """The seconds to wait.

        Raises:
            PageFailedError: The page is large, and has failed in a way that a smaller one may not.
            AirbyteTracedException (transient): The attempts are exhausted. It says what was wrong and what can be done.
            AirbyteTracedException (config): The server's certificate is not trusted.
        """
        if distrust := distrusted_certificate(response_or_exception):
            raise AirbyteTracedException(
                message=distrust, internal_message=distrust, failure_type=FailureType.config_error
            )
        reason = retry_reason(response_or_exception)
        if self.max_attempts:
            reason = replace(reason, max_attempts=min(reason.max_attempts, self.max_attempts))
        asked = retry_after(response_or_exception)
        may_be_too_large = reason.may_be_too_large and _limit_of(response_or_exception) // 2 >= MIN_PAGE_SIZE
        if may_be_too_large and attempt_count >= ATTEMPTS_PER_PAGE_SIZE:
            raise PageFailedError(reason, attempt_count)
        if attempt_count >= reason.max_attempts or attempt_count * (asked or 0) > self.max_retry_after_seconds:
            raise _retries_exhausted(reason, attempt_count, asked)
        wait = asked or min(self.max_backoff_seconds, 2.0**attempt_count) * random.uniform(0.75, 1)
        LOGGER.info(
            f"Stream {self.name}: Gleap {reason.description}. Waiting {wait + 1:.0f} s, then trying again "
            f"({attempt_count + 1} of {reason.max_attempts})."
        )
        return wait


def retry_reason(failed: requests.Response | requests.RequestException | None) -> RetryReason:
    """Why a response, or the attempt to get one, has to be retried."""
    if isinstance(failed, requests.Response):
        return _reason_of_response(failed)
    if isinstance(failed, requests.ReadTimeout):
        return RetryReason("did not respond in time", _ASK_GLEAP, MAX_ATTEMPTS_ON_TIMEOUT, may_be_too_large=True)
    return RetryReason(
        f"could not be reached, or broke the connection ({type(failed).__name__})",
        f"Check 'API URL', and that Airbyte's network lets requests out to {_host_of(failed)}.",
        MAX_ATTEMPTS_TO_CONNECT,
    )


_DISTRUST = re.compile(r"certificate verify failed: (.+?) \(_ssl")


def distrusted_certificate(failed: object) -> str | None:
    """The message about a server's certificate that is not trusted, which no retry changes; None if it is not that."""
    found = _DISTRUST.search(str(failed)) if isinstance(failed, requests.exceptions.SSLError) else None
    if not found:
        return None
    return (
        f"The certificate of {_host_of(failed)} is not trusted: {found[1].rstrip('.')}. Check 'API URL'. If a proxy of "
        "your company reads encrypted connections, set the environment variable REQUESTS_CA_BUNDLE where the connector "
        "runs: to a file with the certificates of the authorities to trust, the proxy's among them."
    )


def _host_of(failed: object) -> str:
    request = getattr(failed, "request", None)
    return urlsplit(str(request.url)).netloc if request is not None else "it"


def retry_after(failed: requests.Response | requests.RequestException | None) -> float | None:
    """The seconds that a response's `Retry-After` names, as a number or a date; None where it names none.

    Whether Gleap sends the header is unknown (docs/API.md 1.2).
    """
    header = failed.headers.get("Retry-After") if isinstance(failed, requests.Response) else None
    try:
        return Retry().parse_retry_after(header) if header else None
    except InvalidHeader:
        return None


def _limit_of(failed: requests.Response | requests.RequestException | None) -> int:
    """The rows that a failed request asked for; 0 if it has no `limit`."""
    request = failed.request if failed is not None else None
    query = parse_qs(urlsplit(str(request.url)).query) if request is not None else {}
    return int(query.get("limit", ["0"])[0])


def _reason_of_response(response: requests.Response) -> RetryReason:
    if error := parsed(response).error:
        max_attempts = MAX_ATTEMPTS_ON_TIMEOUT if error.timed_out else MAX_ATTEMPTS
        return RetryReason(str(error), _ASK_GLEAP, max_attempts, may_be_too_large=error.timed_out)
    if response.status_code == requests.codes.too_many_requests:
        return RetryReason(
            "refused a request because its limit of 1000 a minute is reached (HTTP 429)",
            "Lower 'Number of workers', or run what else uses this project's API at another time.",
            MAX_ATTEMPTS_WHEN_RATE_LIMITED,
        )
    has_waited = response.status_code in (requests.codes.gateway_timeout, requests.codes.request_timeout)
    return RetryReason(
        f"is not available (HTTP {response.status_code}). Gleap's message: {response.json()['message']}",
        _ASK_GLEAP,
        MAX_ATTEMPTS_ON_TIMEOUT if has_waited else MAX_ATTEMPTS,
        may_be_too_large=True,
    )


def _retries_exhausted(reason: RetryReason, attempts: int, asked: float | None) -> AirbyteTracedException:
    gave_up_early = attempts < reason.max_attempts
    why = f"It asked to wait {asked:.0f} s." if gave_up_early else f"It was asked {attempts} times."
    return _exhausted(reason, attempts, why)


def _exhausted(reason: RetryReason, attempts: int, why: str) -> AirbyteTracedException:
    return AirbyteTracedException(
        # A check, and a reader that drops what an interrupted sync has sent, get this message as well.
        message=f"Gleap {reason.description}. {why} The next sync continues from the last saved state, or from the "
        f"start date. {reason.advice}",
        internal_message=f"Gave up after {attempts} attempts: {reason.description}",
        failure_type=FailureType.transient_error,
    )
