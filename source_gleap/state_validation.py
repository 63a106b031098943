"""Validates the state of each stream, and writes its dates in the form that the connector uses."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from airbyte_cdk.models import AirbyteStateBlob, AirbyteStateMessage, AirbyteStateType, AirbyteStreamState

_CURSOR_FIELD = "updatedAt"
_START_DATE = "start_date"
_SECONDS = len("YYYY-MM-DDTHH:mm:ss")
_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-]\d\d):?(\d\d))", re.ASCII)
# Keys of the CDK that hold no date of Gleap's.
_PASSED_ON = frozenset({"use_global_cursor", "lookback_window", "__ab_no_cursor_state_message"})
_FUTURE = timedelta(days=1)


@dataclass
class ValidatedState:
    """What became of the states that a read was given.

    Attributes:
        messages: The states that can be read, their dates as `YYYY-MM-DDTHH:mm:ss.sssZ`.
        start_dates: By stream that has a state, the start date that it was made with; None if it does not say.
        errors: By stream, what is wrong with a state that cannot be read.
        warnings: What is unusual in the others.
    """

    messages: list[AirbyteStateMessage] = field(default_factory=list)
    start_dates: dict[str, str | None] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def start_date_warnings(self, start_date: str, streams: Iterable[str]) -> Iterator[str]:
        """A warning for each of `streams` whose state was made with a later start date than the configured one."""
        for stream in streams:
            made_with = self.start_dates.get(stream)
            if made_with and start_date[:_SECONDS] < made_with[:_SECONDS]:
                yield (
                    f"Stream {stream}: the start date {start_date} is earlier than the one that the state was made "
                    f"with ({made_with}). Records from before are not read. To read them, reset the state: clear the "
                    "stream's data in Airbyte, or leave the stream out of the state file."
                )

    def add_start_date(self, state: AirbyteStreamState, start_date: str) -> None:
        """Says in a state of this read since which start date its stream has been read: since the first it ever had."""
        made_with = self.start_dates.get(state.stream_descriptor.name, start_date)
        if made_with and state.stream_state:
            state.stream_state = AirbyteStateBlob({**state.stream_state.__dict__, _START_DATE: made_with})


def validate_state(state: Sequence[AirbyteStateMessage]) -> ValidatedState:
    """Checks every state. Every form of a date that is accepted means the same moment: offsets are converted."""
    validated = ValidatedState()
    for message in state:
        if message.stream is None:
            continue
        name, blob = message.stream.stream_descriptor.name, message.stream.stream_state
        try:
            dates: list[str] = []
            fields = dict(blob.__dict__) if blob else {}
            start_date = fields.pop(_START_DATE, None)
            if start_date is not None:
                start_date = _canonical_date(start_date, _START_DATE)
            canonical = _canonical(fields, dates)
        except ValueError as error:
            validated.errors[name] = (
                f"The state of stream {name} cannot be read: {error}. Reset it: clear the stream's data in Airbyte, or "
                "leave the stream out of the state file."
            )
            continue
        if canonical:
            validated.start_dates[name] = start_date
        latest = max(dates, default="")
        if latest and _moment(latest) > datetime.now(timezone.utc) + _FUTURE:
            validated.warnings.append(
                f"Stream {name}: the state is in the future ({latest}). Records that changed before are not read. "
                "Reset the state if that is not intended."
            )
        validated.messages.append(
            AirbyteStateMessage(
                type=AirbyteStateType.STREAM,
                stream=AirbyteStreamState(
                    stream_descriptor=message.stream.stream_descriptor, stream_state=AirbyteStateBlob(**canonical)
                ),
            )
        )
    return validated


def _canonical(state: Any, dates: list[str]) -> dict[str, Any]:
    """A state of the CDK's forms with canonical dates. Raises ValueError: it is of no such form."""
    if not isinstance(state, Mapping):
        raise ValueError(f"expected an object, found {_shown(state)}")
    canonical: dict[str, Any] = {}
    for key, value in state.items():
        if key == _CURSOR_FIELD:
            canonical[key] = _canonical_date(value)
            dates.append(canonical[key])
        elif key == "states":
            canonical[key] = [_canonical_partition(partition, dates) for partition in _list(value, key)]
        elif key == "state":
            canonical[key] = _canonical(value, dates)
        elif key == "parent_state":
            if not isinstance(value, Mapping):
                raise ValueError(f"'parent_state' is {_shown(value)}")
            canonical[key] = {name: _canonical(parent, dates) for name, parent in value.items()}
        elif key in _PASSED_ON:
            canonical[key] = value
        else:
            raise ValueError(f"'{key}' is not known")
    return canonical


def _canonical_partition(partition: Any, dates: list[str]) -> dict[str, Any]:
    is_partition = isinstance(partition, Mapping) and isinstance(partition.get("partition"), Mapping)
    if not is_partition or not partition["partition"] or _CURSOR_FIELD not in (partition.get("cursor") or {}):
        raise ValueError(f"a partition of 'states' is {_shown(partition)}")
    return {"partition": partition["partition"], "cursor": _canonical(partition["cursor"], dates)}


def _canonical_date(value: Any, key: str = _CURSOR_FIELD) -> str:
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"'{key}' is {_shown(value)}, no date such as 2026-01-31T08:00:00.000Z")
    seconds, fraction, hours, minutes = found.groups()
    zone = f"{hours}:{minutes}" if hours else "+00:00"
    moment = datetime.fromisoformat(f"{seconds}.{(fraction or '0').ljust(6, '0')[:6]}{zone}")
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _moment(date: str) -> datetime:
    return datetime.fromisoformat(date.replace("Z", "+00:00"))


def _list(value: Any, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"'{key}' is {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    return f"{type(value).__name__} {value!r}"[:100]
