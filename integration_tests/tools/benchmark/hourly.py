"""The hourly sync: six streams of a project in which little changed, from the state of a first load.

The emulator serves them, from threads of this process, which waits meanwhile. A candidate's first load is not measured.
Its folder, which holds the state, is copied for each sync.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from integration_tests.gleap_emulator import Behavior, GleapEmulator, Project
from integration_tests.support.destination import differences
from integration_tests.support.streams import STREAMS
from integration_tests.tools.benchmark.candidate import OUTPUT, Record, airbyte_catalog, declared_schema, lines, program
from integration_tests.tools.benchmark.candidates.task import HEADERS, HourlyTask
from integration_tests.tools.benchmark.checking import WrongOutput
from integration_tests.tools.benchmark.machine import environment_of
from integration_tests.tools.benchmark.measuring import Sample, timed
from source_gleap.manifest import MANIFEST

SIX = ("tickets", "sessions", "messages", "teams", "surveys", "survey_responses")
SURVEYS, RESPONSES = 20, 20_000
# Old tickets are not read again. In a first load each may cost a request of its own, of which 180 a minute are allowed.
_TICKETS = 150
CHANGES: Mapping[str, int] = {"tickets": 70, "sessions": 40, "messages": 70, "survey_responses": 20}
_DAYS = 365
_BEFORE, _STATE = "before", "state.json"


class HourlyCandidate:
    """What takes part. `prepare` fills a folder, `arguments` is what Python is started with there.

    :param title: what the report calls it
    :param environment: the name of the peer whose environment it runs in; None: the connector's
    """

    title: str
    environment: str | None = None

    def __init__(self, title: str, streams: tuple[str, ...] = SIX) -> None:
        self.title, self.streams = title, streams

    def prepare(self, folder: Path, task: HourlyTask) -> None:
        (folder / "task.json").write_text(json.dumps(asdict(task)))

    def arguments(self, folder: Path) -> list[str]:
        raise NotImplementedError

    def records(self, folder: Path) -> Iterator[tuple[str, Record]]:
        """Stream and content of each record that the last run wrote."""
        raise NotImplementedError

    def keep_state(self, folder: Path) -> None:
        """After the first load: leaves in the folder what the next run goes on from, and nothing that it wrote."""
        raise NotImplementedError


class Connector(HourlyCandidate):
    """This connector, at default settings."""

    def prepare(self, folder: Path, task: HourlyTask) -> None:
        config = {
            "api_key": HEADERS["Authorization"].removeprefix("Bearer "),
            "project_id": HEADERS["Project"],
            "start_date": task.start_date,
            "api_url": task.url,
        }
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "catalog.json").write_text(json.dumps(airbyte_catalog(self.streams)))
        if not (folder / _STATE).exists():
            (folder / _STATE).write_text("[]")

    def arguments(self, folder: Path) -> list[str]:
        files = {"--config": "config.json", "--catalog": "catalog.json", "--state": _STATE}
        return ["main.py", "read", *(part for option, name in files.items() for part in (option, str(folder / name)))]

    def records(self, folder: Path) -> Iterator[tuple[str, Record]]:
        for message in lines(folder / OUTPUT):
            if message["type"] == "RECORD":
                yield message["record"]["stream"], message["record"]["data"]

    def keep_state(self, folder: Path) -> None:
        states = [message["state"] for message in lines(folder / OUTPUT) if message["type"] == "STATE"]
        last = {state["stream"]["stream_descriptor"]["name"]: state for state in states}
        (folder / _STATE).write_text(json.dumps(list(last.values())))


class Dlt(HourlyCandidate):
    """dlt's rest_api, the extract step. Its state is in its pipeline's folder."""

    environment = "dlt"

    def arguments(self, folder: Path) -> list[str]:
        return program("dlt_hourly")(folder)

    def records(self, folder: Path) -> Iterator[tuple[str, Record]]:
        for path in folder.glob("gleap/normalize/extracted/*/new_jobs/*.typed-jsonl"):
            stream = path.name.split(".")[0]
            for rows in () if stream.startswith("_dlt") else lines(path):
                yield from ((stream, row) for row in (rows if isinstance(rows, list) else [rows]))

    def keep_state(self, folder: Path) -> None:
        for package in folder.glob("gleap/normalize/extracted/*"):
            shutil.rmtree(package)


class Singer(HourlyCandidate):
    """A tap of the Singer SDK."""

    environment = "singer"

    def arguments(self, folder: Path) -> list[str]:
        return program("singer_hourly")(folder)

    def records(self, folder: Path) -> Iterator[tuple[str, Record]]:
        for message in lines(folder / OUTPUT):
            if message["type"] == "RECORD":
                yield message["stream"], message["record"]

    def keep_state(self, folder: Path) -> None:
        *_, last = (message["value"] for message in lines(folder / OUTPUT) if message["type"] == "STATE")
        (folder / _STATE).write_text(json.dumps(last))


HOURLY_CANDIDATES: Mapping[str, HourlyCandidate] = {
    "ours": Connector("this connector"),
    "singer": Singer("Singer SDK tap"),
    "dlt": Dlt("dlt rest_api, extract"),
    "ours-all": Connector("this connector, all default streams", STREAMS),
}


def quiet_project(responses: int = RESPONSES) -> Project:
    """A project in which nothing changed for two hours."""
    now = datetime.now(timezone.utc) - timedelta(hours=2)
    project = Project.generate(tickets=_TICKETS, now=now, days=_DAYS)
    project.set_id(HEADERS["Project"])
    while len(project.expected_records["surveys"]) < SURVEYS:
        project.insert("surveys")
    surveys = list(project.expected_records["surveys"])
    # None of this has just been made.
    project.update("surveys", surveys, updatedAt=f"{now - timedelta(days=_DAYS):%Y-%m-%dT%H:%M:%S}.000Z")
    for number in range(responses - len(project.expected_records["survey_responses"])):
        moment = now - timedelta(days=_DAYS) * ((number + 1) / (responses + 1))
        response = project.insert("survey_responses")
        dates = dict.fromkeys(("createdAt", "updatedAt"), f"{moment:%Y-%m-%dT%H:%M:%S}.{number % 1000:03d}Z")
        project.update("survey_responses", response, survey_id=surveys[number % SURVEYS], **dates)
    project.warm()
    return project


@dataclass(frozen=True)
class Course:
    """The project before and after an hour, the candidates' first loads, and the changes that a sync must bring."""

    emulator: GleapEmulator
    scratch: Path
    changed: frozenset[tuple[str, str]]

    def run(self, name: str, latency: int) -> Sample:
        """One sync, with `latency` milliseconds before each response. Raises WrongOutput."""
        candidate, folder = HOURLY_CANDIDATES[name], self.scratch / "run"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.scratch / _BEFORE / name, folder)
        self.emulator.behavior = replace(_BEHAVIOR, latency_seconds=latency / 1000)
        asked_before = len(self.emulator.requests)
        sample = _run(candidate, folder, self.emulator)
        sample = replace(sample, requests=len(self.emulator.requests) - asked_before)
        self._check(candidate, folder)
        return sample

    def _check(self, candidate: HourlyCandidate, folder: Path) -> None:
        expected, missing = self.emulator.project.expected_records, set(self.changed)
        for stream, record in candidate.records(folder):
            missing.discard((stream, record["id"]))
            if found := differences(expected[stream][record["id"]], record):
                raise WrongOutput(f"{candidate.title}: {stream} {record['id']} differs: {found}")
        if missing:
            raise WrongOutput(f"{candidate.title}: {len(missing)} of {len(self.changed)} changes are missing")


@contextmanager
def course(names: Iterable[str], scratch: Path, responses: int = RESPONSES) -> Iterator[Course]:
    """Has the candidates load the project, then changes it."""
    shutil.rmtree(scratch, ignore_errors=True)
    with GleapEmulator(quiet_project(responses), _BEHAVIOR, api_key="key") as emulator:
        for name in dict.fromkeys(names):
            folder = scratch / _BEFORE / name
            folder.mkdir(parents=True)
            _run(HOURLY_CANDIDATES[name], folder, emulator)
            HOURLY_CANDIDATES[name].keep_state(folder)
        yield Course(emulator, scratch, frozenset(_change(emulator.project)))


# The others encode the colons of dates.
_BEHAVIOR = Behavior(reads_queries="lenient", lean_ticket_rows=False)


def _change(project: Project) -> Iterator[tuple[str, str]]:
    for stream, count in CHANGES.items():
        records = list(project.expected_records[stream])
        chosen = records[:: len(records) // count][:count]
        project.update(stream, chosen)
        yield from ((stream, record_id) for record_id in chosen)


def _run(candidate: HourlyCandidate, folder: Path, emulator: GleapEmulator) -> Sample:
    start = datetime.now(timezone.utc) - timedelta(days=_DAYS + 1)
    task = HourlyTask(
        url=emulator.url,
        start_date=f"{start:%Y-%m-%dT00:00:00Z}",
        schemas={stream: declared_schema(MANIFEST, stream) for stream in SIX},
        folder=str(folder),
    )
    candidate.prepare(folder, task)
    python = environment_of(candidate.environment) / "bin" / "python"
    return timed(candidate.arguments(folder), folder / OUTPUT, python)
