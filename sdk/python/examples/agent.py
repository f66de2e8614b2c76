"""An agent that plans a trip, recorded from the inside. Runs offline, without an account."""

from __future__ import annotations

import time

from llm_stream import trace
from mock_model import stream_answer


def ask(task: str, prompt: str) -> str:
    """Asks the model; every token is noted at the moment when it comes."""
    answer = ""
    with trace.start_llm_stream(model="mock-1", provider="mock", prompt=prompt) as stream:
        for kind, text in stream_answer(task):
            stream.add_token(text, kind=kind)
            if kind == "text":
                answer += text
    return answer


def plan() -> str:
    """First in detail, then day by day in a few words; the timeline shows how far it is."""
    with trace.stage("plan") as stage:
        stage.phase("detailed")
        text = ask("plan", "Three days in Salzburg, on foot.")
        stage.phase("summary")
        days = text.split("Day ")[1:]
        for done, day in enumerate(days):
            stage.progress(done / len(days), f"Day {day.split(':')[0]}")
            time.sleep(0.06)
        stage.progress(1, "three days")
        return text


def look_up() -> list[str]:
    with trace.tool("weather", input={"city": "Salzburg", "days": 3}) as tool:
        time.sleep(0.18)
        tool.output = ["rain", "sun", "clouds"]
        return ["rain", "sun", "clouds"]


def plan_trip() -> str:
    with trace.run("trip to Salzburg", agent_type="planner"):
        # A group is a stage that holds stages.
        with trace.stage("itinerary"):
            days = plan()
            weather = look_up()
            trace.memory_write("weather", weather)
            trace.agent_handoff("planner", "writer", "The plan has to fit the weather.")
            with trace.stage("write"):
                text = ask("write", f"{days}\nWeather: {', '.join(weather)}")
        trace.final_answer(text)
        return text


if __name__ == "__main__":
    print(plan_trip())
