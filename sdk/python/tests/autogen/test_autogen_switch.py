"""When AutoGen is recorded and when not; and that nothing of it changes either way."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Callable

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import ChatAgent, TaskResult, Team
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core.models import ChatCompletionClient, CreateResult, UserMessage
from autogen_core.tools import BaseTool, Workbench
from autogen_ext.models.openai import OpenAIChatCompletionClient
from autogen_ext.models.replay import ReplayChatCompletionClient
from autogen_story import Story, story_of
from autogen_world import HELLO, World, everything, in_asyncio, says
from harness.recording import Recording

from llm_stream import trace
from llm_stream.autogen import capture_autogen

ROOTS: tuple[type, ...] = (ChatCompletionClient, ChatAgent, Team, BaseTool, Workbench)


def methods() -> dict[tuple[type, str], Any]:
    """Of all classes that could be changed."""
    return {(cls, name): value for cls in family(ROOTS) for name, value in vars(cls).items()}


def family(roots: tuple[type, ...]) -> Iterator[type]:
    for root in roots:
        yield root
        yield from family(tuple(root.__subclasses__()))


def names_of_runs(endpoint: Recording) -> list[str]:
    return [run.name for run in story_of(endpoint).runs]


def talk(world: World, name: str) -> None:
    in_asyncio(everything(world.agent(name, says("Hello")).run_stream(task="Hi")))


def test_nothing_is_recorded_before_it_is_asked_for(world: World, endpoint: Recording) -> None:
    talk(world, "ann")
    assert names_of_runs(endpoint) == []


def test_afterwards_everything_is_as_it_was() -> None:
    before = methods()
    with capture_autogen():
        assert methods() != before
    assert methods() == before


def test_stop_ends_it(world: World, endpoint: Recording) -> None:
    capturing = capture_autogen()
    talk(world, "recorded")
    capturing.stop()
    capturing.stop()
    talk(world, "not_recorded")
    assert names_of_runs(endpoint) == ["recorded"]


def test_twice_is_as_good_as_once(world: World, endpoint: Recording) -> None:
    with capture_autogen():
        with capture_autogen():
            talk(world, "both")
        talk(world, "one")
    talk(world, "none")
    runs = story_of(endpoint).runs
    assert [run.name for run in runs] == ["both", "one"]
    assert [len(run.of_type("llm_call")) for run in runs] == [1, 1]


@pytest.mark.parametrize("value", ["false", "0", "off", "no"])
def test_the_environment_switches_it_off(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_STREAM_AUTOGEN", value)
    before = methods()
    with capture_autogen():
        assert methods() == before


def test_an_argument_switches_it_off(
    world: World, endpoint: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_autogen(enabled=False):
        talk(world, "not_recorded")
    monkeypatch.setenv("LLM_STREAM_AUTOGEN", "false")
    with capture_autogen(enabled=True):
        talk(world, "recorded")
    assert names_of_runs(endpoint) == ["recorded"]


def test_without_an_endpoint_nothing_happens_but_the_agents_work(world: World) -> None:
    with capture_autogen():
        items = in_asyncio(everything(world.agent("ann", says("Hello")).run_stream(task="Hi")))
    assert isinstance(items[-1], TaskResult)


def test_an_endpoint_that_is_configured_later_is_used(world: World, endpoint: Recording) -> None:
    trace.configure(enabled=False)
    with capture_autogen():
        talk(world, "before")
        trace.configure(enabled=True)
        talk(world, "after")
    assert names_of_runs(endpoint) == ["after"]


def test_what_has_begun_is_recorded_to_its_end(world: World, endpoint: Recording) -> None:
    capturing = capture_autogen()

    async def work() -> None:
        stream = world.agent("ann", says("One two three")).run_stream(task="Go")
        await stream.__anext__()
        await stream.__anext__()
        capturing.stop()
        await everything(stream)

    in_asyncio(work())
    run = Story(endpoint).run
    assert run.status == "completed"
    assert run.only("llm_call").text() == "One two three"


def test_who_wraps_a_method_meanwhile_keeps_it(world: World, endpoint: Recording) -> None:
    seen = []
    with capture_autogen():
        wrapped = AssistantAgent.on_messages_stream

        def watch(*arguments: Any, **options: Any) -> Any:
            seen.append(arguments)
            return wrapped(*arguments, **options)

        AssistantAgent.on_messages_stream = watch  # type: ignore[method-assign, assignment]
        undo = closing(_Undo(wrapped.__wrapped__))  # type: ignore[attr-defined]
    with undo:
        talk(world, "ann")
        assert AssistantAgent.on_messages_stream is watch
    assert seen
    assert names_of_runs(endpoint) == []


class _Undo:
    def __init__(self, original: Any) -> None:
        self._original = original

    def close(self) -> None:
        AssistantAgent.on_messages_stream = self._original  # type: ignore[method-assign]


def test_the_same_comes_out_of_everything(endpoint: Recording) -> None:
    def results() -> list[Any]:
        client = ReplayChatCompletionClient(["One", "Two words", "Three"])
        agent = AssistantAgent("ann", client, model_client_stream=True)
        chunks = in_asyncio(everything(client.create_stream(HELLO)))
        messages = in_asyncio(agent.run(task="Hi")).messages
        return [*chunks, *(message.to_text() for message in messages)]

    without = results()
    with capture_autogen():
        assert results() == without
    assert len(names_of_runs(endpoint)) > 0


def test_methods_keep_their_signatures_and_texts() -> None:
    before = inspect.signature(OpenAIChatCompletionClient.create_stream)
    text = OpenAIChatCompletionClient.create.__doc__
    with capture_autogen():
        assert inspect.signature(OpenAIChatCompletionClient.create_stream) == before
        assert OpenAIChatCompletionClient.create.__doc__ == text
        assert inspect.iscoroutinefunction(OpenAIChatCompletionClient.create)


def test_a_class_that_was_made_meanwhile_is_put_back_too() -> None:
    with capture_autogen():

        class Meanwhile(ReplayChatCompletionClient):
            async def create(self, *arguments: Any, **options: Any) -> CreateResult:
                return await super().create(*arguments, **options)

        assert hasattr(Meanwhile.create, "__wrapped__")
    assert not hasattr(Meanwhile.create, "__wrapped__")


def test_a_team_can_be_written_down_and_read_again(world: World) -> None:
    with capture_autogen():
        team = RoundRobinGroupChat([world.agent("ann", says("Hello"))], max_turns=1)
        component = team.dump_component()
    assert component.provider == "autogen_agentchat.teams.RoundRobinGroupChat"
    participant = component.config["participants"][0]
    assert participant["provider"] == "autogen_agentchat.agents.AssistantAgent"
    assert "OpenAIChatCompletionClient" in participant["config"]["model_client"]["provider"]


@pytest.mark.parametrize(
    "messages_of",
    [
        lambda: None,
        lambda: 5,
        lambda: "text",
        lambda: [None],
        lambda: [{"role": "user"}],
        lambda: iter(HELLO),
        lambda: [UserMessage.model_construct(content=object(), source=None)],
    ],
)
def test_what_is_no_message_comes_to_the_same(
    messages_of: Callable[[], Any], world: World, endpoint: Recording
) -> None:
    def outcome() -> str:
        try:
            return str(in_asyncio(world.client(says("Hello")).create(messages_of())).content)
        except Exception as error:
            return f"{type(error)} {error}"

    without = outcome()
    with capture_autogen():
        assert outcome() == without
    assert len(names_of_runs(endpoint)) == 1


def test_without_autogen_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['autogen_agentchat'] = None\n"
        "try: import llm_stream.autogen\n"
        "except ImportError as error: print(error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith('llm_stream.autogen needs AutoGen: run "pip install autogen-agentchat"')
