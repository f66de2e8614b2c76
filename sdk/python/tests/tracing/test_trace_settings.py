"""Options and the environment."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from recording_outbox import RecordingOutbox

from llm_stream import Trace
from llm_stream._settings import settings_of, switched_on


def test_without_anything_nothing_is_recorded() -> None:
    trace = Trace()
    assert not trace.is_recording
    assert settings_of({}, {}).endpoint is None


def test_the_environment_says_all() -> None:
    settings = settings_of(
        {},
        {
            "LLM_STREAM_ENDPOINT": "http://127.0.0.1:4319/",
            "LLM_STREAM_TOKEN": "t",
            "LLM_STREAM_ENABLED": "yes",
            "LLM_STREAM_STORE_TOKENS": "Off",
            "LLM_STREAM_STORE_RESPONSES": "0",
            "LLM_STREAM_TOKEN_SAMPLE_RATE": "0.25",
            "LLM_STREAM_RUN": "nightly",
            "LLM_STREAM_WHEN_AWAY": "spool",
            "LLM_STREAM_SPOOL_FOLDER": "/var/spool/agent",
            "LLM_STREAM_SPOOL_MB": "512",
            "LLM_STREAM_BUFFER_MB": "64",
            "LLM_STREAM_EXIT_TIMEOUT_SECONDS": "0.5",
            "LLM_STREAM_HANDLE_SIGNALS": "false",
        },
    )
    assert settings.endpoint == "http://127.0.0.1:4319"
    assert settings.token == "t"
    assert settings.enabled is True
    assert settings.store_tokens is False
    assert settings.store_responses is False
    assert settings.token_sample_rate == 0.25
    assert settings.sample_rate == 0
    assert settings.default_run_name == "nightly"
    assert settings.when_away == "spool"
    assert settings.spool_folder == "/var/spool/agent"
    assert settings.spool_megabytes == 512
    assert settings.buffer_megabytes == 64
    assert settings.exit_timeout_seconds == 0.5
    assert settings.handle_signals is False


@pytest.mark.parametrize(
    ("variable", "value", "field", "default"),
    [
        ("LLM_STREAM_ENDPOINT", "127.0.0.1:4319", "endpoint", None),
        ("LLM_STREAM_ENDPOINT", "http://user:secret@host/", "endpoint", None),
        ("LLM_STREAM_ENDPOINT", "http://[::1", "endpoint", None),
        ("LLM_STREAM_ENDPOINT", "http://host:port", "endpoint", None),
        ("LLM_STREAM_TOKEN", "secret\nHost: elsewhere", "token", None),
        ("LLM_STREAM_ENABLED", "perhaps", "enabled", True),
        ("LLM_STREAM_STORE_TOKENS", "2", "store_tokens", True),
        ("LLM_STREAM_TOKEN_SAMPLE_RATE", "1.5", "token_sample_rate", 1.0),
        ("LLM_STREAM_TOKEN_SAMPLE_RATE", "nan", "token_sample_rate", 1.0),
        ("LLM_STREAM_TOKEN_SAMPLE_RATE", "half", "token_sample_rate", 1.0),
        ("LLM_STREAM_WHEN_AWAY", "wait", "when_away", "drop"),
        ("LLM_STREAM_SPOOL_MB", "0", "spool_megabytes", 1_024.0),
        ("LLM_STREAM_BUFFER_MB", "-1", "buffer_megabytes", 32.0),
        ("LLM_STREAM_EXIT_TIMEOUT_SECONDS", "inf", "exit_timeout_seconds", 2.0),
    ],
)
def test_a_wrong_variable_is_named_once_and_not_used(
    caplog: pytest.LogCaptureFixture, variable: str, value: str, field: str, default: object
) -> None:
    for _ in range(2):
        assert getattr(settings_of({}, {variable: value}), field) == default

    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert variable in record.getMessage()
    assert "secret" not in record.getMessage()


@pytest.mark.parametrize(
    ("options", "error", "variable"),
    [
        ({"endpoint": 4319}, TypeError, "LLM_STREAM_ENDPOINT"),
        ({"endpoint": "ftp://host"}, ValueError, "LLM_STREAM_ENDPOINT"),
        ({"token": b"t"}, TypeError, "LLM_STREAM_TOKEN"),
        ({"enabled": "yes"}, TypeError, "LLM_STREAM_ENABLED"),
        ({"store_tokens": 1}, TypeError, "LLM_STREAM_STORE_TOKENS"),
        ({"token_sample_rate": "0.5"}, TypeError, "LLM_STREAM_TOKEN_SAMPLE_RATE"),
        ({"token_sample_rate": True}, TypeError, "LLM_STREAM_TOKEN_SAMPLE_RATE"),
        ({"token_sample_rate": 1.01}, ValueError, "LLM_STREAM_TOKEN_SAMPLE_RATE"),
        ({"token_sample_rate": float("nan")}, ValueError, "LLM_STREAM_TOKEN_SAMPLE_RATE"),
        ({"default_run_name": 1}, TypeError, "LLM_STREAM_RUN"),
        ({"when_away": "wait"}, ValueError, "LLM_STREAM_WHEN_AWAY"),
        ({"spool_folder": 1}, TypeError, "LLM_STREAM_SPOOL_FOLDER"),
        ({"buffer_megabytes": 0}, ValueError, "LLM_STREAM_BUFFER_MB"),
        ({"exit_timeout_seconds": -1}, ValueError, "LLM_STREAM_EXIT_TIMEOUT_SECONDS"),
        ({"handle_signals": None, "store_responses": []}, TypeError, "LLM_STREAM_STORE_RESPONSES"),
    ],
)
def test_a_wrong_option_raises_and_is_named(
    options: dict[str, Any], error: type[Exception], variable: str
) -> None:
    with pytest.raises(error) as caught:
        Trace().configure(**options)

    assert str(caught.value).startswith(list(options)[-1])
    assert variable in str(caught.value)


def test_an_option_counts_more_than_the_environment(caplog: pytest.LogCaptureFixture) -> None:
    settings = settings_of({"token_sample_rate": 0.5}, {"LLM_STREAM_TOKEN_SAMPLE_RATE": "wrong"})
    assert settings.token_sample_rate == 0.5
    assert caplog.records == []


def test_options_that_are_not_given_stay_as_they_were(outbox: RecordingOutbox) -> None:
    trace = outbox.trace(token_sample_rate=0.5)
    trace.configure(store_responses=False)
    with trace.start_llm_stream("m") as stream:
        stream.add_token("Hi")

    assert outbox.named("m")["sample_rate"] == 0.5
    assert "response" not in outbox.end_of("m")


def test_what_is_open_stays_as_it_was_started(outbox: RecordingOutbox) -> None:
    trace = outbox.trace()
    with trace.run("run"):
        trace.configure(token_sample_rate=0.5)
        trace.start_llm_stream("before").end()
    trace.start_llm_stream("after").end()

    assert "sample_rate" not in outbox.named("before")
    assert outbox.named("after")["sample_rate"] == 0.5


def test_the_default_run_is_named_after_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments, name in (
        ([os.path.join("folder", "agent.py")], "agent.py"),
        ([os.path.join("folder", "agent", "__main__.py")], "agent"),
        (["-c"], "python"),
        ([""], "python"),
        ([], "python"),
    ):
        monkeypatch.setattr(sys, "argv", arguments)
        assert settings_of({}, {}).default_run_name == name


def test_adapters_are_switched_off_by_their_variables(caplog: pytest.LogCaptureFixture) -> None:
    assert switched_on("LLM_STREAM_LANGCHAIN", {})
    assert not switched_on("LLM_STREAM_LANGCHAIN", {"LLM_STREAM_LANGCHAIN": "false"})
    assert switched_on("LLM_STREAM_LANGCHAIN", {"LLM_STREAM_LANGCHAIN": "maybe"})
    assert "LLM_STREAM_LANGCHAIN" in caplog.text


def test_the_token_is_not_shown_with_the_settings() -> None:
    settings = settings_of({"token": "secret", "when_away": "spool"}, {})
    assert settings.token == "secret"
    assert "spool" in repr(settings)
    assert "secret" not in repr(settings)
