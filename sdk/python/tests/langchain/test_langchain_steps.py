"""Chains, graphs, agents, tools and retrievers: as steps, each within what it happened in."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.callbacks.manager import dispatch_custom_event
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from models import TOOLS, Models, in_asyncio, true_tokens
from recorded import Recorded

from llm_stream import trace
from llm_stream.langchain import LlmStreamCallbackHandler


def watched(**config: Any) -> dict[str, Any]:
    return {"callbacks": [LlmStreamCallbackHandler()], **config}


def test_a_chain_is_a_run_with_its_parts_as_steps(models: Models, recorded: Recorded) -> None:
    prompt = ChatPromptTemplate.from_template("Tell me of {topic}.")
    chain = prompt | models.chat("openai") | StrOutputParser()
    for _ in chain.stream({"topic": "foxes"}, config=watched(run_name="tell")):
        pass
    assert recorded.run()["name"] == "tell"
    assert recorded.run()["status"] == "completed"
    assert sorted(recorded.tree()) == [
        (0, "custom", "tell"),
        (1, "custom", "ChatPromptTemplate"),
        (1, "custom", "StrOutputParser"),
        (1, "llm_call", "mock/default"),
    ]
    data = recorded.data("tell")
    assert data["kind"] == "chain"
    assert data["input"] == {"topic": "foxes"}
    assert data["output"].startswith("the0 quick1")


def test_within_a_run_of_the_agent_a_chain_is_a_step_of_it(
    models: Models, recorded: Recorded
) -> None:
    with trace.run("support"), trace.stage("answering"):
        (RunnableLambda(lambda question: question) | models.chat("openai")).invoke(
            "Hello", config=watched(run_name="answer")
        )
        models.chat("openai").invoke("Hello", config=watched())
    assert recorded.tree() == [
        (0, "stage", "answering"),
        (1, "custom", "answer"),
        (2, "custom", "RunnableLambda"),
        (2, "llm_call", "mock/default"),
        (1, "llm_call", "mock/default"),
    ]


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("provider", ["openai", "anthropic", "ollama"])
def test_an_agent_is_shown_with_its_nodes_calls_and_tools(
    provider: str, is_async: bool, models: Models, recorded: Recorded
) -> None:
    model = models.chat(provider, "tools")
    agent = create_agent(model, TOOLS, system_prompt="Be brief.", name="weatherman")
    question = {"messages": [("user", "What is the weather?")]}
    config = watched(metadata={"thread_id": "thread-7", "user_id": "ada"})

    async def read() -> None:
        async for _ in agent.astream(question, config=config, stream_mode="messages"):
            pass

    if is_async:
        in_asyncio(read())
    else:
        for _ in agent.stream(question, config=config, stream_mode="messages"):
            pass
    assert recorded.tree() == [
        (0, "agent", "weatherman"),
        (1, "stage", "model"),
        (2, "llm_call", "mock/tools"),
        (1, "stage", "tools"),
        (2, "tool_call", "get_weather"),
        (1, "stage", "model"),
        (2, "llm_call", "mock/tools"),
    ]
    run = recorded.run()
    assert (run["session_id"], run["user_id"]) == ("thread-7", "ada")
    first, second = models.truths()
    asked, answered = (recorded.tokens(call) for call in recorded.calls())
    assert (asked[0], answered) == (true_tokens(first)[0], true_tokens(second))
    data = recorded.data("get_weather")
    assert data["input"] == {"city": "Zürich", "unit": "celsius"}
    assert data["output"] == "Sunny in Zürich, 21 celsius."


def test_an_agent_within_a_tool_of_another_is_shown_there(
    models: Models, recorded: Recorded
) -> None:
    inner = create_agent(models.chat("openai"), [], name="expert")

    @tool
    def ask(city: str, unit: str) -> str:
        """Asks an expert."""
        answer = inner.invoke({"messages": [("user", f"{city}, {unit}")]})
        return str(answer["messages"][-1].content)

    outer = create_agent(models.chat("openai", "tools"), [ask])
    outer.invoke({"messages": [("user", "What is the weather?")]}, config=watched())
    assert recorded.tree()[3:7] == [
        (1, "stage", "tools"),
        (2, "tool_call", "ask"),
        (3, "agent", "expert"),
        (4, "stage", "model"),
    ]


class _Numbers(TypedDict):
    number: int


def test_graphs_within_graphs_keep_their_places(recorded: Recorded) -> None:
    def graph(*nodes: tuple[str, Any]) -> Any:
        building = StateGraph(_Numbers)
        for (name, node), before in zip(nodes, [START, *(name for name, _ in nodes)]):
            building.add_node(name, node)
            building.add_edge(before, name)
        building.add_edge(nodes[-1][0], END)
        return building.compile()

    def add_one(numbers: _Numbers) -> _Numbers:
        return {"number": numbers["number"] + 1}

    whole = graph(("first", add_one), ("second", graph(("inner", add_one))))
    assert whole.invoke({"number": 1}, config=watched()) == {"number": 3}
    assert recorded.tree() == [
        (0, "agent", "LangGraph"),
        (1, "stage", "first"),
        (1, "stage", "second"),
        (2, "agent", "LangGraph"),
        (3, "stage", "inner"),
    ]


def test_what_the_agent_records_within_a_tool_belongs_to_it(recorded: Recorded) -> None:
    @tool
    def look_up(name: str) -> str:
        """Looks something up."""
        trace.memory_write("seen", name)
        return name

    @tool
    async def look_up_slowly(name: str) -> str:
        """Looks something up."""
        trace.memory_write("seen", name)
        return name

    with trace.run("by hand"):
        look_up.invoke({"name": "Ada"}, config=watched())
        in_asyncio(look_up_slowly.ainvoke({"name": "Grace"}, config=watched()))
        trace.memory_write("after", 1)
    assert recorded.tree() == [
        (0, "tool_call", "look_up"),
        (1, "memory_write", "seen"),
        (0, "tool_call", "look_up_slowly"),
        (1, "memory_write", "seen"),
        (0, "memory_write", "after"),
    ]


class _Library(BaseRetriever):
    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        assert run_manager.handlers
        if query == "nothing":
            raise LookupError("There is no such book.")
        return [Document(page_content="A fox.", metadata={"page": 1})]


def test_a_retriever_reads_memory(recorded: Recorded) -> None:
    _Library().invoke("foxes", config=watched())
    assert recorded.tree() == [(0, "memory_read", "_Library")]
    data = recorded.data("_Library")
    assert data["input"] == "foxes"
    assert data["output"] == [{"page_content": "A fox.", "metadata": {"page": 1}}]


def test_what_fails_is_shown_so_and_goes_on(recorded: Recorded) -> None:
    with pytest.raises(LookupError, match=r"^There is no such book\.$"):
        (RunnableLambda(lambda query: query) | _Library()).invoke("nothing", config=watched())
    states = {step["name"]: step["failed"] for step in recorded.steps()}
    assert states == {"RunnableSequence": True, "RunnableLambda": False, "_Library": True}
    assert recorded.run()["status"] == "failed"
    assert recorded.data("_Library")["error"]["message"] == "There is no such book."


def test_hidden_runs_are_left_out_and_their_children_are_not(
    models: Models, recorded: Recorded
) -> None:
    model = models.chat("openai")
    inner = RunnableLambda(lambda question: model.invoke(question).text)
    hidden = inner.with_config({"run_name": "inner", "tags": ["langsmith:hidden"]})
    chain = RunnableLambda(lambda question: hidden.invoke(question))
    chain.invoke("Hello", config=watched(run_name="outer"))
    assert recorded.tree() == [(0, "custom", "outer"), (1, "llm_call", "mock/default")]


def test_a_question_to_a_human_is_no_failure(recorded: Recorded) -> None:
    def ask(_numbers: _Numbers) -> _Numbers:
        return {"number": interrupt("Which number?")}

    building = StateGraph(_Numbers)
    building.add_node("ask", ask)
    building.add_edge(START, "ask")
    graph = building.compile(checkpointer=InMemorySaver())
    graph.invoke({"number": 1}, config=watched(configurable={"thread_id": "thread-1"}))
    assert recorded.step("ask")["status"] == "interrupted"
    assert not any(step["failed"] for step in recorded.steps())
    assert recorded.run()["status"] == "completed"
    assert recorded.run()["session_id"] == "thread-1"
    assert recorded.data("ask")["output"][0]["value"] == "Which number?"


def test_structured_output_is_recorded_as_the_call_that_it_is(
    models: Models, recorded: Recorded
) -> None:
    class Weather(TypedDict):
        """The weather."""

        city: str
        unit: str

    model = models.chat("openai", "tools").with_structured_output(
        Weather, method="function_calling"
    )
    assert model.invoke("Hello", config=watched()) == {"city": "Zürich", "unit": "celsius"}
    assert recorded.call()["llm_call"]["status"] == "completed"
    assert recorded.response()["tool_calls"][0]["name"] == "Weather"


def test_events_of_the_agents_own_are_recorded_where_they_happen(recorded: Recorded) -> None:
    def work(question: str) -> str:
        dispatch_custom_event("halfway", {"percent": 50})
        return question

    RunnableLambda(work).invoke("Hello", config=watched(run_name="work"))
    assert recorded.tree() == [(0, "custom", "work"), (1, "custom", "halfway")]
    assert recorded.data("halfway") == {"percent": 50}
