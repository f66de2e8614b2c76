import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { environmentText } from '../../../../src/capture/client/environmentText.js';

const environment = {
  OPENAI_BASE_URL: 'http://127.0.0.1:4321/run/a%20b/openai',
  LLM_STREAM_TOKEN: 'ab-_9',
  ODD: `it's "odd" $HOME`,
};

describe('the environment of an agent as text', () => {
  it('is understood by a POSIX shell', function () {
    if (process.platform === 'win32') return;
    const script = `${environmentText(environment, 'sh')}printf '%s|' "$OPENAI_BASE_URL" "$ODD"`;
    const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
    assert.equal(printed, `${environment.OPENAI_BASE_URL}|${environment.ODD}|`);
  });

  it('doubles quotes for PowerShell, and quotes the whole for cmd', () => {
    assert.match(environmentText(environment, 'powershell'), /^\$env:ODD = 'it''s "odd" \$HOME'$/m);
    assert.match(environmentText(environment, 'cmd'), /^set "LLM_STREAM_TOKEN=ab-_9"$/m);
  });

  it('escapes what a .env file would take for something else', () => {
    const text = environmentText(environment, 'dotenv');
    assert.match(text, /^LLM_STREAM_TOKEN="ab-_9"$/m);
    assert.ok(text.includes(String.raw`ODD="it's \"odd\" \$HOME"`));
  });

  it('is JSON for a launch configuration', () => {
    const text = environmentText(environment, 'launch.json');
    assert.deepEqual(JSON.parse(`{${text}}`), { env: environment });
  });
});
