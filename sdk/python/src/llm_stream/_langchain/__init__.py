"""What LangChain tells its callbacks, as runs, steps and streams. Public: ``llm_stream.langchain``."""
