"""A stream that Gleap does not serve is given up as a whole, not window by window for hours.

The CDK reads every window of a stream whatever became of the others. A request that is never answered is given up after
some eight minutes; 25 windows, or the messages of a thousand tickets, would take hours to end in the same error. While
one window is tried again, which takes a minute at least, the other workers go on with the others: so a single one that
Gleap chokes on does not keep the rest from being read.
"""

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

# What no other window would escape. Other errors concern their window only.
_SHARED = (FailureType.transient_error, FailureType.config_error)


class Outage:
    """Whether a stream has been found to fail, in one read of it."""

    def __init__(self) -> None:
        self._error: AirbyteTracedException | None = None

    def remember(self, error: AirbyteTracedException) -> None:
        if error.failure_type in _SHARED:
            self._error = error

    @property
    def verdict(self) -> AirbyteTracedException | None:
        """The error in which every further window would end; None as long as it is worth a try."""
        return self._error and AirbyteTracedException(
            message=self._error.message,
            internal_message=f"Not asked for, because others failed: {self._error.internal_message}",
            failure_type=self._error.failure_type,
        )
