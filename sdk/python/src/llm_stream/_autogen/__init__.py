"""What ``llm_stream.autogen`` is made of."""
