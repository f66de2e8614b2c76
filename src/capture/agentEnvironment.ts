/** The environment in which an agent talks to its models through the capture, without a change of its code. */
import type { CaptureAddress } from '../protocol/captureStatus.js';
import type { Environment } from './environment.js';

/**
 * The variables that the vendors' SDKs read, each with the base URL that the SDK appends its paths to.
 * @param runName puts the agent's calls into a run of that name.
 * @param inherited what the agent has beside them.
 */
export function agentEnvironment(
  { url, token }: Pick<CaptureAddress, 'url' | 'token'>,
  runName: string | null = null,
  inherited: Environment = process.env,
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
    ...pastProxies(inherited),
  };
}

/** An agent behind a company's proxy must not ask that for an address of this machine. */
function pastProxies(inherited: Environment): Record<string, string> {
  const hasProxy = Object.entries(inherited).some(
    ([name, value]) => /^(https?|all)_proxy$/i.test(name) && value,
  );
  if (!hasProxy) return {};
  const others = inherited['no_proxy'] || inherited['NO_PROXY'] || '';
  const hosts = others === '' ? '127.0.0.1' : `${others},127.0.0.1`;
  return { NO_PROXY: hosts, no_proxy: hosts };
}
