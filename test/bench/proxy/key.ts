/** LiteLLM starts only with a key that its clients have to send. */
export const key = 'sk-of-the-llm-stream-bench';
