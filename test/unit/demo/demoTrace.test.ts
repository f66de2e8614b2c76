import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { buildDemoTrace } from '../../../demo/demoTrace.js';
import { buildLargeTrace } from '../../../demo/large.js';
import { tokenize } from '../../../demo/tokenize.js';
import { openReader } from '../../../src/formats/registry.js';
import { defaultStallRule } from '../../../src/model/stalls.js';
import { TokenKind, type TokenColumns } from '../../../src/model/tokens.js';
import type { Call, Step } from '../../../src/model/trace.js';
import { openTrace } from '../../../src/store/openTrace.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const open = (bytes: Uint8Array): Promise<TraceQueries> =>
  openTrace({
    source: { kind: 'bytes', bytes, fileName: 'demo.llmtrace' },
    openReader,
    stallRule: defaultStallRule,
  });

describe('demo trace', function () {
  // Builds whole traces: a second alone, several beside other work.
  this.timeout(30_000);
  let bytes: Uint8Array;
  let trace: TraceQueries;
  let steps: readonly Step[];
  let calls: readonly (Step & { call: Call })[];

  before(async () => {
    bytes = await buildDemoTrace();
    trace = await open(bytes.slice());
    steps = trace.summary().runs.flatMap((run) => trace.run(run.key).steps);
    calls = steps.filter((step): step is Step & { call: Call } => step.call !== null);
  });

  after(() => trace.close());

  const callOf = (id: string): Step & { call: Call } => calls.find((step) => step.id === id)!;
  const kindsOf = (columns: TokenColumns): number[] => [...new Set(columns.kind)];

  it('is the same file each time, and small', async () => {
    assert.equal(hash(await buildDemoTrace()), hash(bytes));
    assert.ok(bytes.length < 1_000_000);
  });

  it('opens without a complaint', () => {
    assert.deepEqual(trace.summary().notices, []);
    assert.equal(trace.summary().runs.length, 8);
  });

  it('shows a support ticket with three agents first', () => {
    const [first] = trace.summary().runs;
    assert.equal(first?.id, 'ticket-1008');
    const ofRun = trace.run(first.key).steps;
    const agents = ofRun.filter((step) => step.type === 'agent');
    assert.deepEqual(
      agents.map((step) => step.name),
      ['Triage', 'Billing', 'Shipping'],
    );
    assert.deepEqual(
      ofRun.filter((step) => step.type === 'agent_handoff').map((step) => step.between),
      [
        { from: 'Triage', to: 'Billing' },
        { from: 'Billing', to: 'Shipping' },
      ],
    );
    for (const type of ['tool_call', 'memory_read', 'memory_write', 'final_answer'] as const) {
      assert.ok(
        ofRun.some((step) => step.type === type),
        type,
      );
    }
  });

  it('keeps every step within its parent and every call within its run', () => {
    for (const run of trace.summary().runs) {
      const detail = trace.run(run.key);
      const byKey = new Map(detail.steps.map((step) => [step.key, step]));
      for (const step of detail.steps) {
        const end = step.startUs + (step.durationUs ?? 0);
        assert.ok(end <= run.endedAtUs! - run.startedAtUs, step.id);
        const parent = step.parentKey === null ? undefined : byKey.get(step.parentKey);
        if (!parent) continue;
        assert.ok(step.startUs >= parent.startUs, step.id);
        assert.ok(end <= parent.startUs + parent.durationUs!, step.id);
      }
    }
  });

  it('has calls that run in parallel', () => {
    const shipping = steps.find((step) => step.name === 'Shipping')!;
    const inside = calls.filter((step) => step.parentKey === shipping.key);
    const overlaps = inside.filter((step) =>
      inside.some(
        (other) =>
          other !== step &&
          other.startUs < step.startUs + step.durationUs! &&
          step.startUs < other.startUs + other.durationUs!,
      ),
    );
    assert.ok(overlaps.length >= 3);
  });

  it('has a report made in stages, a group of them, and phases', () => {
    const run = trace.summary().runs.find(({ id }) => id === 'market-report')!;
    const stages = trace.run(run.key).steps.filter(({ type }) => type === 'stage');
    assert.deepEqual(
      stages.map(({ name, depth, stage }) => [
        ...[depth, name, stage?.progress],
        stage?.phases.map((phase) => phase.name).join(),
      ]),
      [
        [0, 'Collect', 1, ''],
        [0, 'Report', null, ''],
        [1, 'Draft', 1, 'detailed,summary'],
        [1, 'Check', 1, ''],
        [0, 'Letter', 1, 'detailed,summary'],
      ],
    );
    const draft = stages.find(({ name }) => name === 'Draft')!;
    const [detailed, summary] = draft.stage!.phases;
    assert.equal(detailed?.offsetUs, 0);
    assert.ok(summary!.offsetUs > 1_000_000 && summary!.offsetUs < draft.durationUs!);
    assert.equal(draft.summary, 'three sections and a summary');
  });

  it('has a stall of four seconds in an answer that reasons first', () => {
    const { key, call } = callOf('ticket-1008-call-8');
    assert.equal(call.metrics.stallCount, 1);
    const [stall] = call.metrics.stalls;
    assert.ok(stall!.endUs - stall!.startUs >= 4_000_000);
    assert.deepEqual(kindsOf(trace.tokens(key)), [TokenKind.reasoning, TokenKind.text]);
    assert.ok(call.metrics.ttfoUs! > call.metrics.ttftUs!);
  });

  it('has a smooth answer, and the same one buffered', () => {
    const { call: smooth } = callOf('choppy-chat-call-2');
    const { call: buffered } = callOf('choppy-chat-call-4');
    assert.equal(smooth.metrics.stallCount, 0);
    assert.ok(smooth.metrics.icl!.p50 > 5_000);
    assert.deepEqual(
      buffered.metrics.bursts.map((burst) => burst.count > 20),
      [true, true, true],
    );
  });

  it('has slow first tokens, of about four seconds', () => {
    const slow = calls.filter(({ call }) => call.metrics.ttftUs! >= 4_000_000);
    assert.equal(slow.length, 2);
  });

  it('has streamed tool arguments that are JSON', () => {
    const { key } = callOf('ticket-1008-call-3');
    const columns = trace.tokens(key);
    assert.deepEqual(kindsOf(columns), [TokenKind.toolName, TokenKind.toolArguments]);
    const text = new TextDecoder().decode(columns.text.subarray(columns.textEnd[0]));
    assert.deepEqual((JSON.parse(text) as { order_id: string }).order_id, '73-20418');
  });

  it('has every way to end', () => {
    const endings = new Set(
      calls.map(({ call }) => `${call.state} ${call.errorCode ?? ''}`.trim()),
    );
    for (const ending of [
      'completed',
      'aborted CLIENT_ABORT',
      'truncated TRUNCATED',
      'failed RATE_LIMIT',
      'failed LLM_ERROR',
      'failed UPSTREAM_UNREACHABLE',
    ]) {
      assert.ok(endings.has(ending), ending);
    }
    const failed = calls.find(({ call }) => call.errorCode === 'LLM_ERROR')!;
    assert.ok(failed.call.storedTokens > 0, 'partial text is kept');
    const response = sectionOf('nightly-digest-call-7', 'Response');
    assert.match(response, /"rate_limit_exceeded"/);
  });

  it('has a refusal, a call that was not streamed and an aggregated one', () => {
    assert.ok(calls.some(({ key }) => trace.tokens(key).kind.includes(TokenKind.refusal)));
    assert.equal(callOf('ticket-1008-call-5').call.streaming, false);
    const { call } = callOf('onboarding-0611-call-1');
    assert.ok(call.aggregated);
    assert.ok(call.receivedTokens > call.storedTokens);
    assert.equal(call.metrics.ttftUs, 455_000);
  });

  it('has one answer of 20 000 tokens', () => {
    assert.equal(callOf('handbook-call-3').call.storedTokens, 20_000);
  });

  it('has requests that are the providers’ JSON', () => {
    for (const { id, call } of calls) {
      const request = JSON.parse(sectionOf(id, 'Request')) as Record<string, unknown>;
      const isGemini = call.provider === 'gemini';
      assert.ok(isGemini ? 'contents' in request : 'messages' in request, id);
      assert.equal(request['model'], isGemini ? undefined : call.model);
    }
  });

  function sectionOf(id: string, title: string): string {
    return trace.step(callOf(id).key).sections.find((section) => section.title === title)!.text;
  }
});

describe('large trace', function () {
  this.timeout(30_000);
  it('has exactly the calls and tokens that were asked for, and is the same each time', async () => {
    const size = { calls: 3, tokensPerCall: 2_500 };
    const bytes = await buildLargeTrace(size);
    assert.equal(hash(await buildLargeTrace(size)), hash(bytes));
    const trace = await open(bytes);
    try {
      const [run] = trace.summary().runs;
      assert.deepEqual([run?.callCount, run?.tokenCount], [3, 7_500]);
      const calls = trace.run(run!.key).steps;
      for (const step of calls) assert.equal(trace.tokens(step.key).count, 2_500);
    } finally {
      trace.close();
    }
  });
});

describe('demo tokens', () => {
  it('join to the text that was cut, for any text', () => {
    const character = fc.constantFrom(
      'a',
      'Z',
      'ß',
      '日',
      '👍',
      'é',
      '٣',
      '7',
      ' ',
      '_',
      '\n',
      '\t',
      "'",
      '{',
      '\ud800',
      '\0',
      'ing',
      'ation',
    );
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 60 }), (text) => {
        assert.equal(tokenize(text).join(''), text);
      }),
      { numRuns: 300 },
    );
  });

  it('look like those of a model', () => {
    assert.deepEqual(tokenize("We've corrected the documentation, 1234 metres away.\n\nBye"), [
      'We',
      "'ve",
      ' corrected',
      ' the',
      ' document',
      'ation',
      ',',
      ' 123',
      '4',
      ' metres',
      ' away',
      '.',
      '\n\n',
      'Bye',
    ]);
  });
});
