"""Agents by themselves: their turns, tools, memories and code, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import openai
import pytest
from autogen_agentchat.agents import BaseChatAgent, CodeExecutorAgent
from autogen_agentchat.base import Handoff, Response, TaskResult
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_agentchat.tools import AgentTool
from autogen_core import CancellationToken
from autogen_core.memory import ListMemory, MemoryContent
from autogen_core.tools import FunctionTool, StaticWorkbench
from autogen_ext.code_executors.local import LocalCommandLineCodeExecutor
from autogen_story import Story
from autogen_world import World, calls, everything, in_asyncio, says, true_tokens, until

from llm_stream import trace

TOKEN = CancellationToken()


def weather(city: str) -> str:
    return f"sunny in {city}"


def broken(city: str) -> str:
    raise LookupError(f"no weather in {city}")


async def run_stream(agent: Any, task: str = "Go") -> list[Any]:
    return await everything(agent.run_stream(task=task))


async def run(agent: Any, task: str = "Go") -> list[Any]:
    return [await agent.run(task=task)]


WAYS = pytest.mark.parametrize("way", [run_stream, run])


@WAYS
def test_an_agent_is_a_run_with_its_turn(way: Any, world: World, story: Story) -> None:
    items = in_asyncio(way(world.agent("writer", says("One two")), "Write!"))
    assert isinstance(items[-1], TaskResult)
    assert items[-1].messages[-1].content == "One two"
    recorded = story.run
    assert recorded.name == "writer"
    assert recorded.status == "completed"
    assert recorded.row["agent_type"] == "autogen"
    assert recorded.tree == [
        "task_assignment",
        "agent writer",
        "  llm_call mock/fast",
        "final_answer",
    ]
    turn = recorded.only("agent")
    assert turn.data["input"] == "Write!"
    assert turn.data["output"] == "One two"
    assert turn.data["agent"] == "AssistantAgent"
    assert recorded.only("final_answer").data["output"] == "One two"
    assert recorded.only("llm_call").tokens == true_tokens(world.truth())


def test_an_agent_that_does_not_stream(world: World, story: Story) -> None:
    in_asyncio(run(world.agent("writer", says("One two"), model_client_stream=False)))
    call = story.run.only("llm_call")
    assert call.row["streaming"] == 0
    assert call.row["response"] == "One two"


@WAYS
@pytest.mark.parametrize("with_workbench", [False, True])
def test_a_tool_is_a_step_with_what_went_in_and_came_out(
    with_workbench: bool, way: Any, world: World, story: Story
) -> None:
    tool = FunctionTool(weather, "The weather of a city.")
    tools = {"workbench": StaticWorkbench([tool])} if with_workbench else {"tools": [tool]}
    agent = world.agent("ann", calls("weather", city="Bern"), reflect_on_tool_use=True, **tools)
    in_asyncio(way(agent))
    assert story.run.tree == [
        "task_assignment",
        "agent ann",
        "  llm_call mock/fast",
        "  tool_call weather",
        "  llm_call mock/fast",
        "final_answer",
    ]
    step = story.run.only("tool_call")
    assert step.data["input"] == {"city": "Bern"}
    assert step.data["output"] == "sunny in Bern"
    assert step.data["call_id"].startswith("call_")
    assert step.row["duration_us"] is not None


def test_a_tool_that_fails_is_shown_so_though_the_agent_goes_on(world: World, story: Story) -> None:
    agent = world.agent(
        "ann", calls("broken", city="Bern"), tools=[broken], reflect_on_tool_use=True
    )
    items = in_asyncio(run_stream(agent))
    step = story.run.only("tool_call")
    assert step.status == "failed"
    assert step.data["error"] == "no weather in Bern"
    assert story.run.status == "completed"
    assert isinstance(items[-1], TaskResult)


def test_tools_at_the_same_time(world: World, story: Story) -> None:
    async def slow(city: str) -> str:
        await asyncio.sleep(0.01)
        return city

    scenario = {
        "toolCalls": [{"name": "slow", "arguments": {"city": city}} for city in ("Bern", "Genf")],
        "gapsMs": [0],
    }
    in_asyncio(run_stream(world.agent("ann", scenario, tools=[slow])))
    outputs = [step.data["output"] for step in story.run.of_type("tool_call")]
    assert sorted(outputs) == ["Bern", "Genf"]


def test_a_tool_that_somebody_runs_by_itself(story: Story) -> None:
    tool = FunctionTool(weather, "The weather of a city.")
    assert in_asyncio(tool.run_json({"city": "Bern"}, TOKEN)) == "sunny in Bern"
    failing = FunctionTool(broken, "Fails.")
    with pytest.raises(LookupError):
        in_asyncio(failing.run_json({"city": "Bern"}, TOKEN))
    good, bad = story.run.of_type("tool_call")
    assert good.data["output"] == "sunny in Bern"
    assert bad.status == "failed"
    assert bad.data["error"]["name"] == "LookupError"
    assert bad.data["error"]["message"] == "no weather in Bern"


def test_an_agent_as_a_tool_is_within_it(world: World, story: Story) -> None:
    writer = world.agent("writer", says("One"), description="Writes.")
    tool = AgentTool(writer)
    in_asyncio(run_stream(world.agent("boss", calls("writer", task="Write!"), tools=[tool])))
    assert story.run.tree == [
        "task_assignment",
        "agent boss",
        "  llm_call mock/fast",
        "  tool_call writer",
        "    agent writer",
        "      llm_call mock/fast",
        "final_answer",
    ]


def test_what_the_agents_own_code_records_is_in_its_place(world: World, story: Story) -> None:
    async def research(topic: str) -> str:
        with trace.stage("reading"):
            result = await world.agent("reader", says("Read")).run(task=topic)
            return str(result.messages[-1].content)

    in_asyncio(run_stream(world.agent("boss", calls("research", topic="x"), tools=[research])))
    assert story.run.tree == [
        "task_assignment",
        "agent boss",
        "  llm_call mock/fast",
        "  tool_call research",
        "    stage reading",
        "      agent reader",
        "        llm_call mock/fast",
        "final_answer",
    ]


def test_within_an_open_run_agents_are_steps_of_it(world: World, story: Story) -> None:
    async def work() -> None:
        with trace.run("ticket"):
            await run(world.agent("first", says("One")))
            await run_stream(world.agent("second", says("Two")))

    in_asyncio(work())
    assert story.run.name == "ticket"
    assert story.run.tree == [
        "agent first",
        "  llm_call mock/fast",
        "final_answer",
        "agent second",
        "  llm_call mock/fast",
        "final_answer",
    ]


def test_whoever_iterates_is_not_within_the_agent(world: World, story: Story) -> None:
    async def work() -> None:
        with trace.run("ticket"):
            async for _ in world.agent("ann", says("One two three")).run_stream(task="Go"):
                trace.event("seen")

    in_asyncio(work())
    seen = [line for line in story.run.tree if line.endswith("custom seen")]
    assert seen
    assert all(not line.startswith(" ") for line in seen)


def test_agents_at_the_same_time_have_runs_of_their_own(world: World, story: Story) -> None:
    names = [f"agent_{number}" for number in range(5)]

    async def work() -> None:
        agents = [world.agent(name, {"text": f"I am {name}", "gapsMs": [2]}) for name in names]
        await asyncio.gather(*map(run_stream, agents))

    in_asyncio(work())
    assert sorted(each.name for each in story.runs) == names
    for each in story.runs:
        assert each.only("llm_call").text() == f"I am {each.name}"


def test_a_handoff_to_a_person(world: World, story: Story) -> None:
    handoff = Handoff(target="user", message="Please decide.")
    in_asyncio(run_stream(world.agent("ann", calls("transfer_to_user"), handoffs=[handoff])))
    assert story.run.tree == [
        "task_assignment",
        "agent ann",
        "  llm_call mock/fast",
        "agent_handoff ann → user",
    ]
    assert story.run.only("agent_handoff").data["reason"] == "Please decide."


def test_a_memory_is_read(world: World, story: Story) -> None:
    async def work() -> None:
        memory = ListMemory(name="wishes")
        with trace.run("dinner"):
            await memory.add(MemoryContent(content="vegan", mime_type="text/plain"))
            await run_stream(world.agent("cook", says("Soup"), memory=[memory]))

    in_asyncio(work())
    assert story.run.tree == [
        "memory_write wishes",
        "agent cook",
        "  memory_read wishes",
        "  llm_call mock/fast",
        "final_answer",
    ]
    assert story.run.only("memory_write").data["input"] == "vegan"
    assert story.run.only("memory_read").data["output"] == ["vegan"]


@pytest.mark.filterwarnings("ignore:Using LocalCommandLineCodeExecutor")
@pytest.mark.filterwarnings("ignore:No approval function set")
def test_code_is_executed(tmp_path: Path, story: Story) -> None:
    async def work() -> None:
        executor = LocalCommandLineCodeExecutor(work_dir=tmp_path)
        await executor.start()
        agent = CodeExecutorAgent("coder", executor)
        text = "```python\nprint(6 * 7)\n```\n```python\nraise SystemExit(3)\n```"
        await agent.on_messages([TextMessage(content=text, source="user")], TOKEN)
        await executor.stop()

    in_asyncio(work())
    step = story.run.only("tool_call")
    assert step.name == "execute_code"
    assert step.data["input"][0] == {"language": "python", "code": "print(6 * 7)\n"}
    assert "42" in step.data["output"]
    assert step.status == "failed"
    assert step.data["error"].startswith("exit code 3")


class Parrot(BaseChatAgent):
    """As people write agents of their own."""

    produced_message_types = (TextMessage,)

    async def on_messages(
        self,
        messages: Sequence[BaseChatMessage],
        cancellation_token: CancellationToken,  # noqa: ARG002
    ) -> Response:
        answer = TextMessage(content=messages[-1].to_text().upper(), source=self.name)
        return Response(chat_message=answer)

    async def on_reset(self, cancellation_token: CancellationToken) -> None: ...


@WAYS
def test_an_agent_of_ones_own(way: Any, story: Story) -> None:
    in_asyncio(way(Parrot("parrot", "Repeats."), "hello"))
    assert story.run.tree == ["task_assignment", "agent parrot", "final_answer"]
    assert story.run.only("agent").data["output"] == "HELLO"


class Wrapper(Parrot):
    """Ends as soon as it has what it wants."""

    def __init__(self, inner: Any) -> None:
        super().__init__("wrapper", "Asks another one.")
        self._inner = inner

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        async for item in self._inner.on_messages_stream(messages, cancellation_token):
            if isinstance(item, Response):
                return item
        raise AssertionError


def test_an_agent_that_asks_another_one(world: World, story: Story) -> None:
    in_asyncio(run_stream(Wrapper(world.agent("inner", says("One")))))
    assert story.run.tree == [
        "task_assignment",
        "agent wrapper",
        "  agent inner",
        "    llm_call mock/fast",
        "final_answer",
    ]


@WAYS
def test_an_error_comes_through_and_fails_turn_and_run(
    way: Any, world: World, story: Story
) -> None:
    with pytest.raises(openai.RateLimitError):
        in_asyncio(way(world.agent("ann", "status-429")))
    recorded = story.run
    assert recorded.status == "failed"
    assert recorded.only("agent").status == "failed"
    assert recorded.only("agent").data["error"]["name"] == "RateLimitError"
    assert recorded.only("llm_call").row["error_code"] == "RATE_LIMIT"
    assert recorded.of_type("final_answer") == []


@WAYS
def test_a_cancelled_agent_is_aborted(way: Any, world: World, story: Story) -> None:
    async def work() -> None:
        task = asyncio.ensure_future(way(world.agent("ann", "hang")))
        await until(lambda: bool(world.truths()))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    in_asyncio(work())
    assert story.run.status == "failed"
    assert story.run.only("agent").status == "aborted"
    assert story.run.only("llm_call").row["state"] == "aborted"


def test_who_stops_listening_ends_the_turn(world: World, story: Story) -> None:
    async def work() -> None:
        stream = world.agent("ann", "slow").run_stream(task="Go")
        await stream.__anext__()
        await stream.__anext__()
        await stream.aclose()

    in_asyncio(work())
    assert story.run.status == "completed"
    assert story.run.only("agent").status == "aborted"
    assert story.run.only("llm_call").row["state"] == "aborted"


class Unspeakable(TextMessage):
    def to_text(self) -> str:
        raise RuntimeError("no text")


class Mute(Parrot):
    async def on_messages_stream(self, *_: Any, **__: Any) -> AsyncGenerator[Any, None]:
        yield Response(chat_message=Unspeakable(content="x", source=self.name))


def test_a_message_that_cannot_be_shown_disturbs_nobody(story: Story) -> None:
    items = in_asyncio(
        everything(Mute("mute", "").run_stream(task=Unspeakable(content="y", source="user")))
    )
    assert isinstance(items[-1], TaskResult)
    assert story.run.status == "completed"
    assert story.run.only("agent").status == "completed"
