import assert from 'node:assert/strict';
import { CaptureSettings } from '../../../src/editor/captureSettings.js';
import { CheckedSettings } from '../../../src/editor/checkedSettings.js';
import { PatternVerdicts, type TryPatterns } from '../../../src/editor/patternVerdicts.js';
import { settingsFromEnvironment } from '../../../src/capture/environment.js';

describe('the settings of a capture', () => {
  let written: Record<string, unknown>;
  let settings: CaptureSettings;
  let tried: string[];
  let tryPatterns: TryPatterns;
  const openWindow = (): CaptureSettings =>
    new CaptureSettings(
      new CheckedSettings((name) => written[name]),
      new PatternVerdicts((patterns) => tryPatterns(patterns)),
    );
  beforeEach(() => {
    written = {};
    tried = [];
    tryPatterns = (patterns) => {
      tried.push(...patterns);
      return Promise.resolve(
        patterns.map((pattern) => (/slow/.test(pattern) ? 'takes too long for some texts.' : null)),
      );
    };
    settings = openWindow();
  });

  it('reach the capture process as they were set', async () => {
    written = {
      'capture.port': 4321,
      'capture.idleTimeoutSeconds': 30,
      'capture.extraCaCertificates': '/etc/own.pem',
      upstreams: { gateway: 'https://gateway.example/v1/' },
      'redaction.keys': ['x-secret'],
      'redaction.patterns': ['secret-[0-9]+'],
      'redaction.defaults': false,
      'capture.storeTokens': false,
      'capture.storeResponses': false,
      'capture.tokenSampleRate': 0.25,
      'experimental.openMetrics': true,
    };
    await settings.whenChecked();
    const { options, problems } = settings.read();
    assert.deepEqual(problems, []);
    const read = settingsFromEnvironment(options.environment);
    assert.equal(read.port, 4321);
    assert.equal(read.idleTimeoutMs, 30_000);
    assert.equal(read.extraCertificatesPath, '/etc/own.pem');
    assert.equal(read.upstreams['gateway'], 'https://gateway.example/v1');
    assert.ok(read.upstreams['openai']);
    assert.deepEqual(read.redaction, {
      useDefaults: false,
      keys: ['x-secret'],
      patterns: ['secret-[0-9]+'],
    });
    assert.deepEqual(read.experimental, { openMetrics: true });
    assert.deepEqual(read.sampling, {
      storeTokens: false,
      storeResponses: false,
      tokenSampleRate: 0.25,
    });
  });

  it('are those of the command line where nothing is set', () => {
    const { options, problems } = settings.read();
    assert.deepEqual(problems, []);
    assert.deepEqual(settingsFromEnvironment(options.environment), settingsFromEnvironment({}));
    assert.equal(options.autoStart, false);
    assert.equal(options.folder, '');
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ['capture.port', 65_536],
    ['capture.port', '80'],
    ['capture.port', 1.5],
    ['capture.idleTimeoutSeconds', -1],
    ['capture.folder', 7],
    ['capture.autoStart', 'yes'],
    ['capture.extraCaCertificates', ['/a.pem']],
    ['upstreams', ['https://a.example']],
    ['upstreams', { run: 'https://a.example' }],
    ['upstreams', { 'a/../b': 'https://a.example' }],
    ['upstreams', { files: 'file:///etc/passwd' }],
    ['redaction.keys', 'x-secret'],
    ['redaction.keys', ['']],
    ['redaction.patterns', ['(']],
    ['redaction.keys', [' ']],
    ['redaction.keys', ['x'.repeat(2_001)]],
    ['redaction.patterns', Array<string>(201).fill('a')],
    ['redaction.defaults', 0],
    ['capture.storeTokens', 'no'],
    ['experimental.openMetrics', 'on'],
    ['capture.storeResponses', 1],
    ['capture.tokenSampleRate', 1.1],
    ['capture.tokenSampleRate', '0.5'],
    ['capture.tokenSampleRate', -0.1],
  ];
  for (const [name, value] of wrong) {
    it(`say what is wrong with ${name}: ${JSON.stringify(value).slice(0, 60)}`, () => {
      const before = settings.read().options;
      written[name] = value;
      const { options, problems } = settings.read();
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.includes(`llmStream.${name} is not valid: `), problems[0]);
      assert.match(problems[0] ?? '', /\.$/);
      assert.deepEqual(options, before);
    });
  }

  it('keep the last valid value in force, not the default, and say which it is', () => {
    written = { 'capture.port': 4321, 'capture.tokenSampleRate': 0.5 };
    settings.read();
    written = { 'capture.port': 'wrong', 'capture.tokenSampleRate': 0.25 };
    for (let capture = 0; capture < 3; capture++) {
      const { options, problems } = settings.read();
      assert.equal(options.environment['LLM_STREAM_PORT'], '4321');
      assert.equal(options.environment['LLM_STREAM_TOKEN_SAMPLE_RATE'], '0.25');
      assert.deepEqual(problems, [
        'The setting llmStream.capture.port is not valid: it must be a whole number from 0 to 65535, and is "wrong". Until it is, its last valid value applies: 4321.',
      ]);
    }
  });

  it('know what was valid when the window was opened, also when nothing was captured since', async () => {
    written = { 'redaction.patterns': ['secret-[0-9]+'] };
    settings = openWindow();
    await settings.whenChecked();
    written = { 'redaction.patterns': ['('] };
    const { options } = settings.read();
    assert.equal(options.environment['LLM_STREAM_REDACTION_PATTERNS'], '["secret-[0-9]+"]');
  });

  const patternsInForce = (): unknown =>
    JSON.parse(settings.read().options.environment['LLM_STREAM_REDACTION_PATTERNS'] ?? '');

  it('keep the last valid patterns in force where another process refuses the new ones, each tried once', async () => {
    written = { 'redaction.patterns': ['secret-[0-9]+'] };
    await settings.whenChecked();
    written = { 'redaction.patterns': ['secret-[0-9]+', '(slow+)+$'] };
    for (let capture = 0; capture < 2; capture++) {
      await settings.whenChecked();
      assert.deepEqual(patternsInForce(), ['secret-[0-9]+']);
      assert.deepEqual(settings.read().problems, [
        'The setting llmStream.redaction.patterns is not valid: "(slow+)+$" takes too long for some texts. Until it is, its last valid value applies: ["secret-[0-9]+"].',
      ]);
    }
    assert.deepEqual(tried, ['secret-[0-9]+', '(slow+)+$']);
  });

  it('change nothing, and say nothing, before new patterns were tried', async () => {
    written = { 'redaction.patterns': ['secret-[0-9]+'] };
    await settings.whenChecked();
    written = { 'redaction.patterns': ['other-[0-9]+'] };
    assert.deepEqual(patternsInForce(), ['secret-[0-9]+']);
    assert.deepEqual(settings.read().problems, []);
    await settings.whenChecked();
    assert.deepEqual(patternsInForce(), ['other-[0-9]+']);
  });

  it('keep to what is valid of the patterns and keys where no valid value is known', async () => {
    written = {
      'redaction.patterns': ['secret-[0-9]+', '(', '(slow+)+$'],
      'redaction.keys': ['x-secret', ' ', 7],
    };
    settings = openWindow();
    await settings.whenChecked();
    assert.deepEqual(patternsInForce(), ['secret-[0-9]+']);
    const { options, problems } = settings.read();
    assert.equal(options.environment['LLM_STREAM_REDACTION_KEYS'], '["x-secret"]');
    assert.match(problems.join(), /what is valid of it applies: \["secret-\[0-9\]\+"\]\./);
  });

  it('are relied on by nobody when patterns cannot be tried', async () => {
    tryPatterns = () => Promise.reject(new Error('no process'));
    written = { 'redaction.patterns': ['secret-[0-9]+'] };
    await assert.rejects(settings.whenChecked(), /could not be tried/);
    assert.deepEqual(patternsInForce(), []);
  });

  it('say the default where nothing valid is known', () => {
    written = { 'capture.idleTimeoutSeconds': 'long' };
    settings = openWindow();
    assert.match(settings.read().problems.join(), /Until it is, its default applies: 600\.$/);
  });

  it('never repeat the URLs of upstreams, which may hold keys', () => {
    written = { upstreams: { gateway: 'https://gateway.example/key-1234/v1' } };
    settings.read();
    written = { upstreams: { gateway: 'https://user:key-1234@gateway.example' } };
    const problems = settings.read().problems.join();
    assert.match(problems, /last valid value applies: gateway\.$/);
    assert.doesNotMatch(problems, /key-1234/);
  });
});
