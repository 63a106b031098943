"""Interrupts a read at a chosen request, and tells what a destination keeps of its output."""

import threading
from typing import Any

from airbyte_cdk.models import AirbyteMessageSerializer, Type

from integration_tests.gleap_emulator import Project, Request
from integration_tests.support.process import messages_of

SOON_SECONDS = 10


class Gate:
    """Lets an emulator respond to `count` requests; the next one, and all after it, wait until the gate is left."""

    def __init__(self, count: int) -> None:
        self.reached, self._left, self._count = threading.Event(), threading.Event(), count

    def __call__(self, project: Project, request: Request) -> None:
        if request.number > self._count:
            self.reached.set()
            self._left.wait(120)

    def __enter__(self) -> "Gate":
        return self

    def __exit__(self, *exception: object) -> None:
        self._left.set()


def checkpointed(output: bytes, state: list[Any]) -> tuple[list[Any], list[Any]]:
    """What a destination keeps of an output that was cut off: the records before the last state, and the states."""
    states = {saved["stream"]["stream_descriptor"]["name"]: saved for saved in state}
    safe: list[Any] = []
    pending: list[Any] = []
    for message in messages_of(output):
        content = AirbyteMessageSerializer.dump(message)
        if message.type == Type.RECORD:
            pending.append(content["record"])
        elif message.type == Type.STATE:
            states[content["state"]["stream"]["stream_descriptor"]["name"]] = content["state"]
            safe, pending = safe + pending, []
    return safe, list(states.values())
