/** Secrets that nobody has, and what is private of each. */

export interface Secret {
  readonly text: string;
  /** What must not be seen; `text` without its prefix. */
  readonly hidden: string;
}

const secret = (prefix: string, hidden: string): Secret => ({ text: prefix + hidden, hidden });

const letters = 'Zq7RkT2mWvB9xLpC4dNfJ8hGsY3uEaQ1';
const base64Line = `${letters}${letters.toLowerCase()}`;

export const secrets: Readonly<Record<string, Secret>> = {
  openai: secret('sk-', `proj-${letters}`),
  anthropic: secret('sk-ant-', `api03-${letters}`),
  google: secret('AIza', `Sy${letters}9`),
  github: secret('ghp_', `${letters}abcd`),
  githubFine: secret('github_pat_', letters),
  aws: secret('AKIA', 'Q7RKT2MWVB9XLPC4'),
  slack: secret('xoxb-', `71-93-${letters}`),
  huggingFace: secret('hf_', letters),
  groq: secret('gsk_', letters),
  bearer: secret('Bearer ', letters),
  header: secret('x-api-key: ', letters),
  basic: secret('Authorization: Basic ', 'dXNlcjpwYXNzd29yZA=='),
  token: secret('eyJ', `hbGciOiJIUzI1NiJ9.eyJzdWIiOiJ${letters}.${letters}`),
  privateKey: secret(
    '-----BEGIN RSA PRIVATE KEY-----\n',
    `${base64Line}\n${base64Line}\n${base64Line.slice(0, 40)}`,
  ),
  card: secret('', '4111 1111 1111 1111'),
  environment: secret('MY_SERVICE_TOKEN=', letters),
  field: secret('"client_secret": "', `${letters} and more`),
  urlPassword: secret('postgres://me:', letters),
  query: secret('https://host/?access_token=', letters),
};

/** What must stand behind a secret, so that it is one. */
export const behind: Readonly<Record<string, string>> = {
  privateKey: '\n-----END RSA PRIVATE KEY-----',
  field: '"}',
  urlPassword: '@host/database',
};

/** All parts of the hidden text that would give something away. */
export function giveaways({ hidden }: Secret): readonly string[] {
  const length = 6;
  return Array.from({ length: hidden.length - length + 1 }, (_, start) =>
    hidden.slice(start, start + length),
  );
}
