import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Sampling } from '../../src/sampling.js';
import { RunningStatistics } from '../../src/statistics.js';
import type { CallStatistics, TokenKind } from '../../src/wire.js';
import { recorded } from './harness/recordingOutbox.js';

const vectors = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../vectors/${name}.json`, import.meta.url), 'utf8'));

interface SamplingVector {
  readonly call_id: string;
  readonly rate: number;
  readonly count: number;
  readonly taken: readonly number[];
}

interface StatisticsVector {
  readonly name: string;
  readonly tokens: readonly (readonly [number, TokenKind, string])[];
  readonly statistics: CallStatistics;
}

describe('sampling', () => {
  it('takes the tokens that every SDK takes', () => {
    const all = vectors('sampling') as readonly SamplingVector[];
    assert.ok(all.length > 10);
    for (const { call_id, rate, count, taken } of all) {
      const sampling = new Sampling(call_id, rate);
      const indexes = Array.from({ length: count }, (_, index) => index);
      assert.deepEqual(
        indexes.filter((index) => index === count - 1 || sampling.takes(index)),
        taken,
        `${call_id} at ${rate}`,
      );
    }
  });

  it('sends those it takes with their indexes, the last one among them, and the figures of all', () => {
    const { trace, outbox } = recorded({ tokenSampleRate: 0.1 });
    const stream = trace.startLlmStream();
    const texts = Array.from({ length: 95 }, (_, index) => `${index} `);
    texts.forEach((text, index) => {
      stream.addToken(text);
      if (index % 7 === 0) for (const open of outbox.streams) open.seal();
    });
    stream.end();
    assert.equal(outbox.only('llm_call_start').sample_rate, 0.1);
    const tokens = outbox.tokens();
    assert.ok(tokens.length >= 10 && tokens.length <= 12, `${tokens.length} of 95`);
    assert.deepEqual([tokens[0]?.index, tokens.at(-1)?.index], [0, 94]);
    for (const { token, index } of tokens) assert.equal(token, texts[index]);
    const end = outbox.only('llm_call_end');
    assert.equal(end.received_tokens, 95);
    assert.equal(end.response, texts.join(''));
    assert.equal(end.statistics?.last_token_us, tokens.at(-1)?.offset_us);
    assert.equal(end.statistics?.first_output_us, tokens[0]?.offset_us);
    assert.ok(end.statistics?.icl_p50_us !== undefined);
  });

  it('sends no token where none is stored, but the figures and the visible text', () => {
    const { trace, outbox } = recorded({ storeTokens: false });
    const stream = trace.startLlmStream();
    stream.addToken('hm', { kind: 'reasoning' });
    stream.addToken('He');
    stream.addToken('llo');
    stream.end();
    assert.deepEqual(outbox.of('llm_tokens'), []);
    assert.equal(outbox.only('llm_call_start').sample_rate, 0);
    const { received_tokens, response, statistics } = outbox.only('llm_call_end');
    assert.deepEqual([received_tokens, response], [3, 'Hello']);
    assert.ok((statistics?.first_output_us ?? 0) >= (statistics?.first_token_us ?? Infinity));
  });

  it('sends no text either where no answers are stored', () => {
    const { trace, outbox } = recorded({ storeTokens: false, storeResponses: false });
    const stream = trace.startLlmStream();
    stream.addToken('secret');
    stream.end();
    assert.doesNotMatch(JSON.stringify(outbox.events), /secret/);
    assert.equal(outbox.only('llm_call_end').received_tokens, 1);
  });

  it('cuts a text at two million characters, and what fits into a line', () => {
    for (const [character, least] of [
      ['a', 2_000_000],
      ['語', 400_000],
    ] as const) {
      const { trace, outbox } = recorded({ storeTokens: false });
      const stream = trace.startLlmStream();
      for (let times = 0; times < 6; times++) stream.addToken(character.repeat(400_000));
      stream.end();
      const end = outbox.only('llm_call_end');
      const text = String(end.response);
      assert.ok(text.length >= least && text.length <= 2_000_100, `${text.length}`);
      assert.ok(Buffer.byteLength(JSON.stringify(end)) <= 4 * 1024 * 1024);
    }
  });
});

describe('the figures of a call', () => {
  for (const { name, tokens, statistics } of vectors('statistics') as StatisticsVector[]) {
    it(`are those of every SDK: ${name}`, () => {
      const counted = new RunningStatistics(true);
      for (const [offsetUs, kind, text] of tokens) counted.add(text, kind, offsetUs);
      const figures = counted.figures();
      assert.deepEqual(Object.keys(figures).sort(), Object.keys(statistics).sort());
      for (const [field, wanted] of Object.entries(statistics)) {
        const found = figures[field as keyof CallStatistics] ?? NaN;
        assert.ok(Math.abs(found - Number(wanted)) < 1e-6, `${field}: ${found}, not ${wanted}`);
      }
      assert.equal(counted.count, tokens.length);
    });
  }

  it('have no percentiles of more than a million tokens', () => {
    const counted = new RunningStatistics(false);
    for (let index = 0; index < 1_000_001; index++) counted.add('a', undefined, index);
    assert.equal(counted.figures().icl_p50_us, 1);
    counted.add('a', undefined, 1_000_001);
    assert.deepEqual(counted.figures(), {
      ...{ first_token_us: 0, first_output_us: 0, last_token_us: 1_000_001 },
    });
  });
});
