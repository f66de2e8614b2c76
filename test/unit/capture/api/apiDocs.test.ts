import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { apiDocs, apiDocsPath, examples } from '../../../../scripts/apiDocs.js';
import { itWhere } from '../../../runner/itWhere.js';
import { RunningApi, buildBundles, token } from './runningApi.js';

const run = promisify(execFile);

describe('docs/api.md', function () {
  this.timeout(30_000);

  it('is what `npm run docs:api` writes', async () => {
    const written = (await readFile(apiDocsPath, 'utf8')).replaceAll('\r\n', '\n');
    assert.equal(written, await apiDocs());
  });

  const hasCurl = spawnSync('sh', ['-c', 'curl --version'], { stdio: 'ignore' }).status === 0;
  const itWithCurl = itWhere(hasCurl, 'It needs a shell and curl.');
  itWithCurl('has examples that work', async () => {
    const api = await RunningApi.start(await buildBundles());
    const { stdout, stderr } = await run('sh', ['-e', '-c', examples], {
      env: { ...process.env, LLM_STREAM_ENDPOINT: api.url, LLM_STREAM_TOKEN: token },
    });
    await api.stop();
    assert.equal(stderr, '');
    assert.ok(!stdout.includes('about:blank'), stdout);
    assert.match(stdout, /^\{"accepted":5,"rejected":\[\],/);
    assert.match(stdout, /"name":"A first run","status":"completed"/);
    assert.match(
      stdout,
      /event: token\nid: 1\ndata: \{"type":"token","token_index":1,"token":"lo"/,
    );
    assert.match(stdout, /event: complete\n.*"total_tokens":2/);
  });
});
