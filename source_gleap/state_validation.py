"""Validates the state of each stream, and writes its dates in the form that the connector uses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from airbyte_cdk.models import AirbyteStateBlob, AirbyteStateMessage, AirbyteStateType, AirbyteStreamState

_CURSOR_FIELD = "updatedAt"
_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-]\d\d):?(\d\d))", re.ASCII)
# Keys of the CDK that hold no date of Gleap's.
_PASSED_ON = frozenset({"use_global_cursor", "lookback_window", "__ab_no_cursor_state_message"})
_FUTURE = timedelta(days=1)


@dataclass
class ValidatedState:
    """What became of the states that a read was given.

    Attributes:
        messages: The states that can be read, their dates as `YYYY-MM-DDTHH:mm:ss.sssZ`.
        errors: By stream, what is wrong with a state that cannot be read.
        warnings: What is unusual in the others.
    """

    messages: list[AirbyteStateMessage] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def validate_state(state: Sequence[AirbyteStateMessage]) -> ValidatedState:
    """Checks every state. Every form of a date that is accepted means the same moment: offsets are converted."""
    validated = ValidatedState()
    for message in state:
        if message.stream is None:
            continue
        name, blob = message.stream.stream_descriptor.name, message.stream.stream_state
        try:
            dates: list[str] = []
            canonical = _canonical(dict(blob.__dict__) if blob else {}, dates)
        except ValueError as error:
            validated.errors[name] = (
                f"The state of stream {name} cannot be read: {error}. Reset it: clear the stream's data in Airbyte, or "
                "leave the stream out of the state file."
            )
            continue
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


def _canonical_date(value: Any) -> str:
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"'{_CURSOR_FIELD}' is {_shown(value)}, no date such as 2026-01-31T08:00:00.000Z")
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
