import assert from 'node:assert/strict';
import { agentEnvironment } from '../../../src/capture/agentEnvironment.js';
import { captureFileName } from '../../../src/capture/captureFileName.js';
import { defaultUpstreams } from '../../../src/capture/captureSettings.js';
import { settingsFromEnvironment } from '../../../src/capture/environment.js';

describe('settings of a capture from the environment', () => {
  it('have safe defaults', () => {
    assert.deepEqual(settingsFromEnvironment({}), {
      port: 0,
      upstreams: defaultUpstreams,
      extraCertificatesPath: null,
      idleTimeoutMs: 600_000,
      redaction: { useDefaults: true, keys: [], patterns: [] },
      sampling: { storeTokens: true, storeResponses: true, tokenSampleRate: 1 },
      experimental: { openMetrics: false },
    });
  });

  it('are read', () => {
    const settings = settingsFromEnvironment({
      LLM_STREAM_PORT: '8123',
      LLM_STREAM_UPSTREAMS: '{"vllm":"http://127.0.0.1:8000/v1/","openai":"https://gateway.test"}',
      LLM_STREAM_EXTRA_CA_CERTIFICATES: '/certificates.pem',
      LLM_STREAM_IDLE_TIMEOUT_SECONDS: '1.5',
      LLM_STREAM_REDACTION_DEFAULTS: 'off',
      LLM_STREAM_REDACTION_KEYS: '["customer"]',
      LLM_STREAM_REDACTION_PATTERNS: '["K-\\\\d+"]',
      LLM_STREAM_STORE_TOKENS: 'no',
      LLM_STREAM_STORE_RESPONSES: '0',
      LLM_STREAM_TOKEN_SAMPLE_RATE: '0.1',
      LLM_STREAM_EXPERIMENTAL_OPEN_METRICS: 'true',
    });
    assert.deepEqual(settings, {
      port: 8123,
      upstreams: {
        ...defaultUpstreams,
        vllm: 'http://127.0.0.1:8000/v1',
        openai: 'https://gateway.test',
      },
      extraCertificatesPath: '/certificates.pem',
      idleTimeoutMs: 1_500,
      redaction: { useDefaults: false, keys: ['customer'], patterns: ['K-\\d+'] },
      sampling: { storeTokens: false, storeResponses: false, tokenSampleRate: 0.1 },
      experimental: { openMetrics: true },
    });
  });

  const invalid: readonly [name: string, value: string][] = [
    ['LLM_STREAM_PORT', '65536'],
    ['LLM_STREAM_PORT', '80.5'],
    ['LLM_STREAM_PORT', 'http'],
    ['LLM_STREAM_UPSTREAMS', '["a"]'],
    ['LLM_STREAM_UPSTREAMS', '{"a":'],
    ['LLM_STREAM_UPSTREAMS', '{"a":"ftp://host"}'],
    ['LLM_STREAM_UPSTREAMS', '{"a":"host"}'],
    ['LLM_STREAM_UPSTREAMS', '{"a":"https://host?key=1"}'],
    ['LLM_STREAM_UPSTREAMS', '{"a":"https://user:password@host"}'],
    ['LLM_STREAM_UPSTREAMS', '{"a":7}'],
    ['LLM_STREAM_UPSTREAMS', '{"run":"https://host"}'],
    ['LLM_STREAM_UPSTREAMS', '{"a/b":"https://host"}'],
    ['LLM_STREAM_IDLE_TIMEOUT_SECONDS', '-1'],
    ['LLM_STREAM_IDLE_TIMEOUT_SECONDS', 'NaN'],
    ['LLM_STREAM_REDACTION_DEFAULTS', 'perhaps'],
    ['LLM_STREAM_REDACTION_KEYS', 'password'],
    ['LLM_STREAM_REDACTION_PATTERNS', '[1]'],
    ['LLM_STREAM_STORE_TOKENS', 'maybe'],
    ['LLM_STREAM_EXPERIMENTAL_OPEN_METRICS', 'perhaps'],
    ['LLM_STREAM_STORE_RESPONSES', '2'],
    ['LLM_STREAM_TOKEN_SAMPLE_RATE', '1.01'],
    ['LLM_STREAM_TOKEN_SAMPLE_RATE', '10%'],
    ['LLM_STREAM_TOKEN_SAMPLE_RATE', ' '],
    ['LLM_STREAM_TOKEN_SAMPLE_RATE', '-0.1'],
  ];
  for (const [name, value] of invalid) {
    it(`are refused with a sentence that names the variable: ${name}=${value}`, () => {
      assert.throws(() => settingsFromEnvironment({ [name]: value }), {
        name: 'TraceError',
        code: 'invalid',
        message: new RegExp(`^${name} is not valid: .+\\.$`),
      });
    });
  }
});

describe('an upstream that is refused', () => {
  it('is not repeated, because it may hold a key', () => {
    for (const url of ['https://host/?key=hunter2', 'https://me:hunter2@host', 'hunter2']) {
      assert.throws(
        () => settingsFromEnvironment({ LLM_STREAM_UPSTREAMS: JSON.stringify({ a: url }) }),
        ({ message }: Error) => !message.includes('hunter2'),
      );
    }
  });
});

describe('environment of a captured agent', () => {
  const address = { url: 'http://127.0.0.1:1234', token: 'secret' };

  it('leads every SDK to its upstream', () => {
    const environment = agentEnvironment(address);
    assert.equal(environment['OPENAI_BASE_URL'], 'http://127.0.0.1:1234/openai');
    assert.equal(environment['ANTHROPIC_BASE_URL'], 'http://127.0.0.1:1234/anthropic');
    assert.equal(environment['LLM_STREAM_TOKEN'], 'secret');
  });

  it('puts calls into a run by its name, whatever it is', () => {
    const { OPENAI_BASE_URL, LLM_STREAM_ENDPOINT } = agentEnvironment(address, 'a b/c');
    assert.equal(OPENAI_BASE_URL, 'http://127.0.0.1:1234/run/a%20b%2Fc/openai');
    assert.equal(LLM_STREAM_ENDPOINT, 'http://127.0.0.1:1234');
  });
});

describe('environment of a captured agent behind a proxy', () => {
  const address = { url: 'http://127.0.0.1:1234', token: 'secret' };

  it('keeps requests to the capture from the proxy', () => {
    const inherited = { HTTPS_PROXY: 'http://proxy.test:8080', NO_PROXY: '.intern' };
    const { NO_PROXY, no_proxy } = agentEnvironment(address, null, inherited);
    assert.equal(NO_PROXY, '.intern,127.0.0.1');
    assert.equal(no_proxy, NO_PROXY);
  });

  it('changes nothing where there is none', () => {
    assert.equal('NO_PROXY' in agentEnvironment(address, null, { PATH: '/bin' }), false);
  });
});

describe('name of a captured trace', () => {
  it('sorts by time and is allowed on every file system', () => {
    assert.equal(
      captureFileName(new Date(2026, 10, 20, 14, 5, 3)),
      'capture-2026-11-20T14-05-03.llmtrace',
    );
  });
});
