"""Teams: whose turn it is, who tells whom what, hand-offs, and teams at the same time or within each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from autogen_agentchat.base import TaskResult
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import HandoffMessage, ModelClientStreamingChunkEvent
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat, Swarm
from autogen_core import CancellationToken, SingleThreadedAgentRuntime
from autogen_story import Story
from autogen_world import World, calls, everything, in_asyncio, says, until

from llm_stream import trace


def until_messages(count: int) -> MaxMessageTermination:
    """With the task."""
    return MaxMessageTermination(count)


def pair(world: World, messages: int = 3, **options: Any) -> RoundRobinGroupChat:
    participants = [world.agent("writer", says("One two")), world.agent("critic", says("Good"))]
    return RoundRobinGroupChat(
        participants, termination_condition=until_messages(messages), **options
    )


PAIR = [
    "agent writer",
    "  llm_call mock/fast",
    "agent_communication writer → critic",
    "agent critic",
    "  llm_call mock/fast",
    "agent_communication critic → writer",
]


async def run_stream(team: Any, task: str = "Go") -> list[Any]:
    return await everything(team.run_stream(task=task))


async def run(team: Any, task: str = "Go") -> list[Any]:
    return [await team.run(task=task)]


@pytest.mark.parametrize("way", [run_stream, run])
def test_a_team_is_a_run_with_turns_and_messages(way: Any, world: World, story: Story) -> None:
    result = in_asyncio(way(pair(world), "Write!"))[-1]
    assert isinstance(result, TaskResult)
    recorded = story.run
    assert recorded.name == "RoundRobinGroupChat"
    assert recorded.status == "completed"
    assert recorded.tree == ["task_assignment", *PAIR, "final_answer"]
    writer, critic = recorded.of_type("agent")
    assert writer.data["input"] == "Write!"
    assert critic.data["input"] == "Write!\nOne two"
    said, answered = recorded.of_type("agent_communication")
    assert said.data["message"] == "One two"
    assert answered.data["message"] == "Good"
    assert recorded.only("final_answer").data["output"] == "Good"
    assert "Maximum number of messages" in recorded.only("final_answer").data["stop_reason"]
    assert [call.text() for call in recorded.of_type("llm_call")] == ["One two", "Good"]


def test_what_a_team_streams_is_what_it_streamed(world: World, story: Story) -> None:
    items = in_asyncio(run_stream(pair(world)))
    chunks = [item.content for item in items if isinstance(item, ModelClientStreamingChunkEvent)]
    assert chunks == [text for call in story.run.of_type("llm_call") for _, text in call.tokens]


def swarm(world: World) -> Swarm:
    return Swarm(
        [
            world.agent("front", calls("transfer_to_refunds"), handoffs=["refunds"]),
            world.agent("refunds", says("Done")),
        ],
        termination_condition=until_messages(3),
    )


def test_a_handoff_is_shown_with_its_agents(world: World, story: Story) -> None:
    items = in_asyncio(run_stream(swarm(world)))
    assert any(isinstance(item, HandoffMessage) for item in items)
    assert story.run.tree == [
        "task_assignment",
        "agent front",
        "  llm_call mock/fast",
        "agent_handoff front → refunds",
        "agent refunds",
        "  llm_call mock/fast",
        "agent_communication refunds → front",
        "final_answer",
    ]
    assert story.run.of_type("llm_call")[0].text("tool_name") == "transfer_to_refunds"
    assert story.run.only("agent_handoff").data["reason"].startswith("Transferred to refunds")


def test_who_selects_the_speaker_asks_a_model_too(world: World, story: Story) -> None:
    team = SelectorGroupChat(
        [world.agent("writer", says("One")), world.agent("critic", says("Good"))],
        model_client=world.client(says("critic")),
        termination_condition=until_messages(2),
    )
    in_asyncio(run_stream(team))
    assert story.run.tree == [
        "task_assignment",
        "llm_call mock/fast",
        "agent critic",
        "  llm_call mock/fast",
        "agent_communication critic → writer",
        "final_answer",
    ]


def test_a_team_within_an_open_run_is_a_step_of_it(world: World, story: Story) -> None:
    async def work() -> None:
        with trace.run("article"):
            await run_stream(pair(world))

    in_asyncio(work())
    assert story.run.name == "article"
    assert story.run.tree == [
        "agent RoundRobinGroupChat",
        *(f"  {line}" for line in PAIR),
        "final_answer",
    ]


def test_a_team_within_a_team(world: World, story: Story) -> None:
    inner = pair(world, name="Writers")
    reader = world.agent("reader", says("Nice"))
    outer = RoundRobinGroupChat([inner, reader], max_turns=2, name="Publishers")
    in_asyncio(run_stream(outer))
    assert story.run.name == "Publishers"
    assert story.run.tree == [
        "task_assignment",
        "agent Writers",
        *(f"  {line}" for line in PAIR),
        "agent_communication Writers → reader",
        "agent reader",
        "  llm_call mock/fast",
        "agent_communication reader → Writers",
        "final_answer",
    ]


def test_teams_at_the_same_time_are_kept_apart(world: World, story: Story) -> None:
    def team(name: str) -> RoundRobinGroupChat:
        agents = [
            world.agent(f"{name}_{n}", {"text": f"{name} {n}", "gapsMs": [3]}) for n in (1, 2)
        ]
        return RoundRobinGroupChat(agents, max_turns=2, name=name)

    async def work() -> None:
        await asyncio.gather(*(run_stream(team(name)) for name in ("red", "blue", "green")))

    in_asyncio(work())
    assert sorted(each.name for each in story.runs) == ["blue", "green", "red"]
    for each in story.runs:
        texts = [call.text() for call in each.of_type("llm_call")]
        assert texts == [f"{each.name} 1", f"{each.name} 2"]
        assert [turn.name for turn in each.of_type("agent")] == [f"{each.name}_1", f"{each.name}_2"]


def test_teams_on_one_runtime_that_was_started_before(world: World, story: Story) -> None:
    """It handles all messages in the context in which it was started."""

    async def work() -> None:
        runtime = SingleThreadedAgentRuntime()
        with trace.run("elsewhere"):
            runtime.start()
        teams = [pair(world, runtime=runtime, name=name) for name in ("red", "blue")]
        await asyncio.gather(*map(run_stream, teams))
        await runtime.stop()

    in_asyncio(work())
    teams = [each for each in story.runs if each.name != "elsewhere"]
    assert sorted(each.name for each in teams) == ["blue", "red"]
    for each in teams:
        assert each.tree == ["task_assignment", *PAIR, "final_answer"]


def test_a_team_that_goes_on_is_a_run_again(world: World, story: Story) -> None:
    async def work() -> None:
        team = pair(world, messages=2)
        await run_stream(team)
        await everything(team.run_stream())

    in_asyncio(work())
    assert [each.status for each in story.runs] == ["completed", "completed"]
    assert story.runs[1].tree[0] == "agent critic"


def test_an_error_of_an_agent_fails_the_team(world: World, story: Story) -> None:
    team = RoundRobinGroupChat([world.agent("writer", "status-429")], max_turns=1)
    with pytest.raises(RuntimeError, match="RateLimitError"):
        in_asyncio(run_stream(team))
    assert story.run.status == "failed"
    assert story.run.only("agent").status == "failed"
    assert story.run.only("llm_call").row["error_code"] == "RATE_LIMIT"
    assert story.run.of_type("final_answer") == []


def test_a_cancelled_team(world: World, story: Story) -> None:
    async def work() -> None:
        token = CancellationToken()
        team = RoundRobinGroupChat([world.agent("writer", "hang")], max_turns=1)
        task = asyncio.ensure_future(
            everything(team.run_stream(task="Go", cancellation_token=token))
        )
        await until(lambda: bool(world.truths()))
        token.cancel()
        with pytest.raises((asyncio.CancelledError, RuntimeError)):
            await task

    in_asyncio(work())
    assert story.run.status == "failed"
    assert story.run.only("llm_call").row["state"] == "aborted"
    assert story.run.only("agent").status == "aborted"


def test_what_happens_until_a_team_has_stopped_is_within_its_run(
    world: World, story: Story
) -> None:
    """Who stops listening waits until the team is idle."""

    async def work() -> None:
        stream: AsyncIterator[Any] = pair(world).run_stream(task="Go")
        async for _ in stream:
            break
        await stream.aclose()  # type: ignore[attr-defined]

    in_asyncio(work())
    assert story.run.status == "completed"
    assert story.run.tree == ["task_assignment", *PAIR]
