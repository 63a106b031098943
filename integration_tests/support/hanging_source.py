"""The program with a source that is cut off in the middle.

`python -m integration_tests.support.hanging_source HOW read ...`

It emits a record and a state, starts a worker that never ends, and then, by HOW, `waits` without end, which it tells on
stderr, or `fails`. Nothing is printed for its age alone, so that both messages are still buffered.
"""

import os
import sys
import threading
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteRecordMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    StreamDescriptor,
    Type,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_gleap import SourceGleap
from source_gleap.run import run


class _WaitingSource(SourceGleap):
    def read(self, *_: Any) -> Iterator[AirbyteMessage]:
        record = AirbyteRecordMessage(stream="teams", data={"id": "1"}, emitted_at=0)
        state = AirbyteStreamState(StreamDescriptor("teams"), AirbyteStateBlob({"updatedAt": "2026-01-01"}))
        yield AirbyteMessage(Type.RECORD, record=record)
        yield AirbyteMessage(Type.STATE, state=AirbyteStateMessage(AirbyteStateType.STREAM, stream=state))
        threading.Thread(target=threading.Event().wait).start()
        if sys.argv[1] == "fails":
            raise AirbyteTracedException(message="Out of memory.")
        os.write(sys.__stderr__.fileno(), b"waiting\n")  # type: ignore[union-attr]
        threading.Event().wait()


if __name__ == "__main__":
    PRINT_BUFFER.flush_interval = 3600
    with patch("source_gleap.cli.SourceGleap", _WaitingSource):
        run(sys.argv[2:])
