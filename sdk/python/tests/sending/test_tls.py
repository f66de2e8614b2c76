"""Captures behind TLS."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import pytest

from .samples import outbox_to, step
from .server import eventually, recording_server

CERTIFICATES = Path(__file__).parents[4] / "test" / "mock" / "tls"


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "certificate.pem", CERTIFICATES / "key.pem")
    return context


def test_a_trusted_certificate_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "certificate.pem"))
    with recording_server(tls=server_context()) as server:
        outbox = outbox_to(server.url)
        outbox.put(step("one"))
        assert outbox.flush(10)
        assert server.ids() == ["one"]


def test_a_certificate_that_is_not_trusted_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="llm_stream")
    with recording_server(tls=server_context()) as server:
        outbox = outbox_to(server.url)
        outbox.put(step("one"))
        eventually(lambda: "certificate" in caplog.text)
        outbox.put(step("two"))
        assert outbox.flush(2) is False
        assert server.requests == []
    assert caplog.text.count("is not trusted") == 1


def test_http_to_a_port_that_speaks_tls_and_the_other_way_round_are_retried() -> None:
    with recording_server(tls=server_context()) as secure, recording_server() as plain:
        for url in (secure.url.replace("https", "http"), plain.url.replace("http", "https")):
            outbox = outbox_to(url)
            outbox.put(step("one"))
            assert outbox.flush(0.5) is False
