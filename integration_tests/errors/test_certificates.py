"""A certificate that is not trusted fails at once, with advice about certificates."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from werkzeug.exceptions import NotFound
from werkzeug.serving import make_server

from integration_tests.support.fake_sleep import fake_sleep
from integration_tests.support.run_doctor import run_doctor
from integration_tests.support.run_sync import run_sync
from source_gleap import SourceGleap

ADVICE = "set the environment variable REQUESTS_CA_BUNDLE"


@pytest.fixture
def config() -> Iterator[dict[str, Any]]:
    """The configuration of a project whose server has a certificate of its own making."""
    server = make_server("127.0.0.1", 0, NotFound(), threaded=True, ssl_context="adhoc")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "api_key": "k",
        "project_id": "0" * 24,
        "start_date": "2026-01-01T00:00:00Z",
        "api_url": f"https://127.0.0.1:{server.port}/v3",
    }
    server.shutdown()
    server.server_close()


def test_untrusted_certificate_fails_without_a_retry_and_names_the_remedy(config: dict[str, Any]) -> None:
    with fake_sleep() as waits:
        done = run_sync(config, ["teams"])
    error = done.output.errors[0].trace.error  # type: ignore[union-attr]
    assert error
    assert error.failure_type == FailureType.config_error
    assert error.message.startswith(
        f"The certificate of {config['api_url'][8:-3]} is not trusted: self-signed certificate"
    )
    assert ADVICE in error.message
    assert waits.longest == 0


def test_doctor_names_the_remedy_of_an_untrusted_certificate(config: dict[str, Any]) -> None:
    result = run_doctor(config)
    assert ADVICE in result.stderr
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_absent_file_of_certificates_is_named(
    name: str, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(name, "/nowhere/certificates.pem")
    with pytest.raises(AirbyteTracedException) as raised:
        SourceGleap().configure(config, "")
    assert raised.value.failure_type == FailureType.config_error
    assert f"{name} names a file that does not exist: /nowhere/certificates.pem" in str(raised.value.message)
