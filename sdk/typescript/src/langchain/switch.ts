import process from 'node:process';
import { warnOnce } from '../warnings.js';

const variable = 'LLM_STREAM_LANGCHAIN';

/** Off by `LLM_STREAM_LANGCHAIN=false`. */
export function isLangChainOn(): boolean {
  const text = process.env[variable];
  if (!text || /^(true|1|on|yes)$/i.test(text)) return true;
  if (/^(false|0|off|no)$/i.test(text)) return false;
  warnOnce(
    variable,
    `${variable} must be true or false, and is "${text.slice(0, 100)}". It is not used.`,
  );
  return true;
}
