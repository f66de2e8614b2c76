/** What finds texts in the bytes of a response, beside the plainest way to do the same. */
import assert from 'node:assert/strict';
import { createParser } from 'eventsource-parser';
import { JsonArray } from '../../../src/capture/wire/jsonArray.js';
import { JsonLines } from '../../../src/capture/wire/jsonLines.js';
import { ServerSentEvents } from '../../../src/capture/wire/serverSentEvents.js';
import type { TextReader } from '../../../src/capture/wire/valueReader.js';
import type { ResponseReader } from '../../../src/capture/wire/wireFormat.js';
import { samples } from '../../unit/capture/wire/samples/all.js';
import { piecesOf } from '../cuts.js';
import { type FuzzTarget, bytesOf, textOf } from '../target.js';

/** Texts, and the names of their events. */
type Found = [text: string, name: string | undefined][];

class Collected implements TextReader {
  readonly endsWithTerminal = false;
  readonly found: Found = [];

  read(text: string, eventName?: string): [] {
    this.found.push([text, eventName]);
    return [];
  }

  end(): [] {
    return [];
  }
}

interface Read {
  readonly found: Found;
  /** What the framing itself says: pings, notices, the end of a list. */
  readonly parts: readonly string[];
}

function read(open: (texts: TextReader) => ResponseReader, pieces: readonly Uint8Array[]): Read {
  const collected = new Collected();
  const reader = open(collected);
  const parts = [...pieces.flatMap((piece) => reader.read(piece)), ...reader.end()];
  return { found: collected.found, parts: parts.map((part) => JSON.stringify(part)) };
}

function readTwice(open: (texts: TextReader) => ResponseReader, input: Uint8Array): Read {
  const whole = read(open, [input]);
  assert.deepEqual(read(open, piecesOf(input)), whole, 'the cuts make a difference');
  return whole;
}

const traitsOf = ({ found, parts }: Read): string[] => [
  ...parts,
  `${Math.min(8, found.length)} texts`,
  ...found.map(([text, name]) => `${name?.slice(0, 8) ?? ''}:${text.slice(0, 3)}`).slice(0, 8),
];

const bodies = (): Uint8Array[] =>
  Object.values(samples)
    .flat()
    .map(({ body }) => bytesOf(body));

/** The whole text at once, through the library. */
function eventsByLibrary(text: string): Found {
  const found: Found = [];
  const parser = createParser({ onEvent: ({ data, event }) => found.push([data, event]) });
  parser.feed(`${text.replace(/\r\n?/g, '\n')}\n\n`);
  return found;
}

/** As the standard says it: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
function eventsByStandard(text: string): Found {
  const found: Found = [];
  let data: string[] = [];
  let name: string | undefined;
  for (const line of [...text.split(/\r\n|\r|\n/), '', '']) {
    if (line === '') {
      if (data.length > 0) found.push([data.join('\n'), name]);
      data = [];
      name = undefined;
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    if (field === 'event') name = value === '' ? undefined : value;
  }
  return found;
}

export const serverSentEvents: FuzzTarget = {
  name: 'sse',
  seeds: () => [
    ...bodies(),
    bytesOf('\uFEFFdata: a\r\rdata:b\r\n\r\nevent:x\ndata\ndata: c\nid: 1\nretry: 5\n\n:ping\n\n'),
  ],
  words: [
    ...['data:', 'data: ', 'data', 'event: x\n', 'event:', ':', 'id: 1\n', 'retry: 9\n', '\n\n'],
    ...['\r\n', '\r', '\n', '\uFEFF', '\0', 'data\n', 'Data: ', ' data:', '😀', '\u2028'],
  ],
  check: (input) => {
    const result = readTwice((texts) => new ServerSentEvents(texts), input);
    const text = textOf(input);
    const isObject = (one: Found[number]): boolean => one[0].trim().startsWith('{');
    const expected = eventsByLibrary(text);
    // Behind the events there may be one object of lines that belong to none.
    const last = result.found.at(-1);
    const events =
      result.found.length === expected.length + 1 && last && isObject(last)
        ? result.found.slice(0, -1)
        : result.found;
    assert.deepEqual(events, expected, 'not as the library reads it');
    assert.deepEqual(events, eventsByStandard(text), 'not as the standard says');
    return traitsOf(result);
  },
};

export const jsonLines: FuzzTarget = {
  name: 'ndjson',
  seeds: () => [...bodies(), bytesOf('{"a":1}\r\n\n  {"b":"\u2028"} \n[1]\n{"c":')],
  words: ['\n', '\r\n', ' ', '{', '}', '"', '\uFEFF', '\u2028', '{"a":1}\n', '\0'],
  check: (input) => {
    const result = readTwice((texts) => new JsonLines(texts), input);
    const expected = textOf(input)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    assert.deepEqual(
      result.found.map(([text]) => text),
      expected,
    );
    return traitsOf(result);
  },
};

export const jsonArray: FuzzTarget = {
  name: 'json-array',
  seeds: () => [
    ...bodies(),
    bytesOf('[{"a":"\\"}],{["},\n{"b":[{"c":[1,2]}]},{}]'),
    bytesOf(' [ {"a":{"b":{}}} , {"c":"\\\\"} ] '),
  ],
  words: ['[', ']', '{', '}', '"', '\\', '\\"', ',', '{}', '[{}', '},{', '\\\\', '\\u0022', '😀'],
  check: (input) => {
    const result = readTwice((texts) => new JsonArray(texts), input);
    const list = objectsOf(textOf(input));
    if (list) {
      const found = result.found.map(([text]) => JSON.parse(text) as unknown);
      assert.deepEqual(found, list, 'not the objects of the list');
      assert.ok(result.parts.includes('{"part":"terminal"}'), 'a whole list has an end');
    }
    return [...traitsOf(result), list ? 'list' : 'no list'];
  },
};

/** Of a list that holds nothing but objects; undefined for anything else. */
function objectsOf(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = (item: unknown): boolean =>
      typeof item === 'object' && item !== null && !Array.isArray(item);
    return Array.isArray(value) && value.every(isObject) ? (value as unknown[]) : undefined;
  } catch {
    return undefined;
  }
}
