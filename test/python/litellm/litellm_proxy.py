"""The real LiteLLM proxy, in front of the mock model server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from harness.mock_server import MockServer

#: It imports a great deal.
_START_TIMEOUT_SECONDS = 180
_POLL_SECONDS = 0.1

#: Who calls it has to send it.
KEY = "sk-of-the-litellm-tests"


class LitellmProxy:
    """Models: ``openai/NAME`` and ``anthropic/NAME``, with a scenario of the mock as NAME."""

    def __init__(self, mock: MockServer, folder: Path) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._log = folder / "litellm.log"
        configuration = folder / "config.yaml"
        # JSON is YAML.
        configuration.write_text(json.dumps(_configuration(mock)), encoding="utf-8")
        program = "from litellm import run_server; run_server()"
        words = ["--config", str(configuration), "--host", "127.0.0.1", "--port", str(port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", program, *words],
                env=_environment(),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_it_listens()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=20)

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while not self._is_alive():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                said = self._log.read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"LiteLLM did not start. It said:\n{said[-4_000:]}")
            time.sleep(_POLL_SECONDS)

    def _is_alive(self) -> bool:
        try:
            with urlopen(f"{self.url}/health/liveliness", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


def _configuration(mock: MockServer) -> dict[str, object]:
    models = {
        "openai/*": {"model": "openai/mock/*", "api_base": mock.openai_url},
        "anthropic/*": {"model": "anthropic/mock/*", "api_base": mock.url},
    }
    return {
        "model_list": [
            {"model_name": name, "litellm_params": {**parameters, "api_key": "none"}}
            for name, parameters in models.items()
        ],
        "litellm_settings": {"telemetry": False, "num_retries": 0},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"master_key": KEY},
    }


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("LLM_STREAM_")}
    # Nothing is fetched when it starts.
    return {
        **own,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "DISABLE_ADMIN_UI": "True",
        "NO_PROXY": "127.0.0.1",
        "PYTHONUTF8": "1",
    }


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
