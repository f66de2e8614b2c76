/** Every wire format, with every type of content, whole and in pieces. */
import assert from 'node:assert/strict';
import { TokenKind } from '../../../src/model/tokens.js';
import type { ResponsePart } from '../../../src/capture/wire/wireFormat.js';
import { samples } from '../../unit/capture/wire/samples/all.js';
import { readPieces, readerOf } from '../../unit/capture/wire/samples/sample.js';
import { piecesOf } from '../cuts.js';
import { type FuzzTarget, bytesOf } from '../target.js';

const contentTypes = [
  ...['text/event-stream', 'application/x-ndjson', 'application/json', 'text/plain', ''],
  'application/octet-stream',
];

const jsonWords = [
  ...['data: ', '\n\n', '\n', 'event: error\n', '[DONE]', '{"error":{"message":"x","code":429}}'],
  ...['{"type":"error"}', ',', '[', ']', '{', '}', ':ping\n\n', '"usage":{}', '\uFEFF', '<html>'],
];

function wireFormat(name: string, path: string, words: readonly string[]): FuzzTarget {
  return {
    name,
    words: [...words, ...jsonWords],
    seeds: () =>
      Object.values(samples)
        .flat()
        .filter((sample) => sample.path === path || name === 'plain')
        .map(({ body }) => bytesOf(body)),
    check: (input) => contentTypes.flatMap((contentType) => traitsOf(path, contentType, input)),
    // Twelve times through the reader.
    longestInput: 8_192,
  };
}

function traitsOf(path: string, contentType: string, input: Uint8Array): string[] {
  const traits: string[] = [];
  for (const status of [200, 429]) {
    const sample = { path, contentType, status, body: '' };
    const whole = readPieces(sample, [input]);
    for (const part of whole) assertSound(part);
    const { shape } = readerOf(sample);
    assert.deepEqual(
      joined(readPieces(sample, piecesOf(input))),
      joined(whole),
      `the cuts make a difference: ${contentType}, ${status}`,
    );
    let before = '';
    for (const part of whole) {
      const what = part.part === 'token' ? `token ${part.kind}` : wordsOf(part);
      traits.push(`${shape} ${what}`, `${before} ${what}`);
      before = part.part;
    }
  }
  return traits;
}

/** Notices name counts. */
const wordsOf = (part: ResponsePart): string =>
  part.part === 'notice' ? part.text.replace(/\d+/g, '0').slice(0, 60) : part.part;

/** A text without a framing comes as its reads are; a binary body says how many there were. */
function joined(parts: readonly ResponsePart[]): unknown[] {
  const result: unknown[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') result.push(text);
    text = '';
  };
  for (const part of parts) {
    if (part.part === 'token' && part.kind === TokenKind.text && !part.metadata) text += part.text;
    else {
      flush();
      result.push(
        part.part === 'notice'
          ? part.text.replace(/ in \d+ reads/, '')
          : part.part === 'format'
            ? part.format.name
            : part,
      );
    }
  }
  flush();
  return result;
}

function assertSound(part: ResponsePart): void {
  switch (part.part) {
    case 'token':
      assert.ok(typeof part.text === 'string' && part.text !== '', 'a token without text');
      assert.ok(part.kind >= 0 && part.kind <= TokenKind.other);
      break;
    case 'usage':
      for (const [name, count] of Object.entries(part)) {
        if (name !== 'part') assert.ok(Number.isSafeInteger(count) && Number(count) >= 0, name);
      }
      break;
    case 'model':
      assert.equal(typeof part.model, 'string');
      break;
    case 'finish':
      assert.ok(typeof part.reason === 'string' && part.reason !== '');
      break;
    case 'error':
      assert.ok(typeof part.message === 'string' && part.message.length <= 2_000);
      break;
    case 'notice':
      assert.match(part.text, /^[A-Z\d].*\.$/s);
      break;
    default:
      break;
  }
}

export const wireFormats: readonly FuzzTarget[] = [
  wireFormat('openai-chat', '/chat/completions', [
    ...['"choices":[{"delta":{"content":"a"}}]', '"tool_calls":[{"index":0,"function":{}}]'],
    ...['"finish_reason":"stop"', '"logprobs":{"content":[{"logprob":-1}]}', '"reasoning":"r"'],
  ]),
  wireFormat('openai-completions', '/v1/completions', [
    ...[
      '"choices":[{"text":"a"}]',
      '"finish_reason":"length"',
      '"logprobs":{"token_logprobs":[-1]}',
    ],
  ]),
  wireFormat('openai-responses', '/v1/responses', [
    ...['"type":"response.output_text.delta","delta":"a"', '"sequence_number":3'],
    ...['"type":"response.completed"', '"type":"response.failed"', '"response":{"usage":{}}'],
  ]),
  wireFormat('anthropic-messages', '/v1/messages', [
    ...['"type":"content_block_delta"', '"delta":{"type":"text_delta","text":"a"}', '"index":1'],
    ...['"type":"content_block_start","content_block":{"type":"tool_use","input":{"a":1}}'],
    ...['"type":"content_block_stop"', '"type":"message_stop"', '"type":"signature_delta"'],
  ]),
  wireFormat('gemini', '/v1beta/models/gemini-2.5-flash:streamGenerateContent', [
    ...['"candidates":[{"content":{"parts":[{"text":"a"}]}}]', '"finishReason":"STOP"'],
    ...['"functionCall":{"name":"f","args":{}}', '"usageMetadata":{"promptTokenCount":1}'],
  ]),
  wireFormat('ollama', '/api/chat', [
    ...['"message":{"content":"a"}', '"done":true', '"done_reason":"stop"', '"eval_count":3'],
    ...['"message":{"tool_calls":[{"function":{"name":"f","arguments":{}}}]}', '"thinking":"t"'],
  ]),
  wireFormat('plain', '/unknown', [
    '"choices":[]',
    '"type":"message_start"',
    '"object":"response"',
  ]),
];
