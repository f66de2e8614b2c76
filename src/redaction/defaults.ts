/** What is taken for a secret when nothing else is said. docs/capture.md tells users the same. */
import type { SecretRule } from './secretFinder.js';

/** Names of fields, with what ends with them. "token" alone is none: the formats call other things so. */
export const defaultKeys: readonly string[] = [
  ...['authorization', 'api_key', 'api-token', 'access_token', 'refresh_token', 'id_token'],
  ...['auth_token', 'session_token', 'bearer_token', 'password', 'passwd', 'passphrase'],
  ...['secret', 'secret_key', 'secret_access_key', 'client_secret', 'private_key'],
  // The last one is the capture's own: agents know it.
  ...['cookie', 'set-cookie', 'llm_stream_token'],
];

/** Not in the middle of a word. */
const start = '(?<![A-Za-z0-9])';
/**
 * A random text has a digit or a capital; "sk-learn-compatible-estimator" has none. It is not looked for without end:
 * in a text of nothing but beginnings that would be done at each of them.
 */
const looksRandom = '(?=[a-z._~+/-]{0,100}[A-Z0-9])';

/** A line break in a key, also when it is still written as in JSON, or became a space. */
const lineBreak = '(?:\\s|\\\\[nr]){1,8}';
const realLineBreak = '(?:[\\r\\n]|\\\\[nr]){1,4}';
const base64 = '[A-Za-z0-9+/=]';

export const defaultRules: readonly SecretRule[] = [
  // OpenAI, Anthropic (sk-ant-), OpenRouter, DeepSeek and others; Stripe writes sk_live_.
  { before: `${start}sk-`, pattern: `${looksRandom}[A-Za-z0-9_-]{16,}` },
  { before: `${start}[rs]k_(?:live|test)_`, pattern: '[A-Za-z0-9]{16,}' },
  // Groq, Hugging Face, Replicate, Fireworks, LangSmith, npm; xAI, Perplexity, NVIDIA, Tavily, GitLab
  {
    before: `${start}(?:gsk|hf|r8|fw|lsv2|npm)_`,
    pattern: `${looksRandom}[A-Za-z0-9_-]{20,}`,
  },
  {
    before: `${start}(?:xai|pplx|nvapi|tvly|glpat)-`,
    pattern: `${looksRandom}[A-Za-z0-9_-]{20,}`,
  },
  // Google
  { before: `${start}AIza`, pattern: '[A-Za-z0-9_-]{30,}' },
  { before: `${start}ya29\\.`, pattern: '[A-Za-z0-9_-]{20,}' },
  // GitHub
  { before: `${start}(?:gh[pousr]|github_pat)_`, pattern: '[A-Za-z0-9_]{20,}' },
  // AWS
  { before: `${start}A(?:KI|SI)A`, pattern: '[A-Z0-9]{16,}' },
  // Slack
  { before: `${start}(?:xox[a-z]|xapp)-`, pattern: '[A-Za-z0-9-]{10,}' },
  // Credentials in headers of HTTP
  {
    before: `${start}[Bb]earer `,
    pattern: `\\s{0,3}${looksRandom}[A-Za-z0-9._~+/-]{16,}=*`,
  },
  {
    before: `${start}(?:[Aa]uthorization|[Xx]-[Aa]pi-[Kk]ey|[Aa]pi-[Kk]ey)\\s{0,2}:`,
    pattern:
      '\\s{0,2}(?:(?:Basic|Bearer|Token|Digest)\\s{1,2}|(?=[A-Za-z._~+/-]*\\d))[A-Za-z0-9._~+/-]{8,}=*',
  },
  // Lines of an environment, as agents read them: OPENAI_API_KEY=…, LLM_STREAM_TOKEN=…
  {
    before: `${start}(?:API_?KEY|ACCESS_KEY|PRIVATE_KEY|SECRET(?:_KEY)?|TOKEN|PASSWORD|PASSWD|PASSPHRASE)=`,
    pattern: '[^\\s"\'\\\\$&;()<>]{4,}',
  },
  // Password in a URL
  {
    before: '\\b[a-z][a-z0-9+.-]{1,15}:\\/\\/[^\\s/:@]{0,64}:',
    pattern: '(?!\\/)[^\\s/@]{1,200}(?=@)',
  },
  // JSON web tokens, signed (three parts) and encrypted (five)
  {
    before: `${start}eyJ`,
    pattern: '[A-Za-z0-9_-]{8,1000}\\.[A-Za-z0-9_-]{4,4000}\\.[A-Za-z0-9_.-]*',
  },
  // Private keys: lines of base64, of which only the first one must be long
  {
    before: '-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----',
    pattern:
      `(?:${realLineBreak}[A-Z][A-Za-z-]{2,20}: [^\\r\\n\\\\]{0,200})*` +
      `${lineBreak}${base64}{16,}` +
      `(?:${lineBreak}${base64}{16,}|${realLineBreak}${base64}{1,15}(?!${base64}))*` +
      `(?:${lineBreak}-----END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----)?`,
  },
  // Card numbers: by their first digits, so that hardly any other number is withheld while it comes
  {
    pattern:
      '[2-6](?<![\\w.-].)(?:(?<=2)[2-7]|(?<=3)[04-8]|(?<=4)\\d|(?<=5)[1-5]|(?<=6)[045])(?:[ -]?\\d){11,17}(?!\\w)',
    isSecret: isCardNumber,
  },
];

/** Of a network's range and length, with the right check digit. */
function isCardNumber(match: string): boolean {
  const digits = match.replaceAll(/\D/g, '');
  return cardNumbers.test(digits) && checkSum(digits) % 10 === 0;
}

const cardNumbers =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6(?:011|4|5)\d{12,15})$/;

/** Luhn's. */
function checkSum(digits: string): number {
  let sum = 0;
  for (let position = 0; position < digits.length; position++) {
    const digit = Number(digits[digits.length - 1 - position]);
    const doubled = digit * 2;
    sum += position % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum;
}
