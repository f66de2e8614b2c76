/** The environment in which an agent talks to its models through the capture, without a change of its code. */
import type { CaptureAddress } from '../protocol/captureStatus.js';

/**
 * The variables that the vendors' SDKs read, each with the base URL that the SDK appends its paths to.
 * @param runName puts the agent's calls into a run of that name.
 */
export function agentEnvironment(
  { url, token }: Pick<CaptureAddress, 'url' | 'token'>,
  runName: string | null = null,
): Record<string, string> {
  const base = runName === null ? url : `${url}/run/${encodeURIComponent(runName)}`;
  return {
    OPENAI_BASE_URL: `${base}/openai`,
    // Older clients, and LiteLLM.
    OPENAI_API_BASE: `${base}/openai`,
    ANTHROPIC_BASE_URL: `${base}/anthropic`,
    OLLAMA_HOST: `${base}/ollama`,
    GOOGLE_GEMINI_BASE_URL: `${base}/gemini`,
    LLM_STREAM_ENDPOINT: url,
    LLM_STREAM_TOKEN: token,
  };
}
