/** `steps.data` → the event: Fernet, gzip and JSON, each where it was used. */
import { type FernetKey, decryptFernet, isFernetToken } from './fernet.js';
import { gunzip, isGzip } from './gunzip.js';
import { type JsonObject, asObject, parsePythonJson } from './json.js';

/** An event may be this large, unpacked; the prompts of long conversations are a few megabytes. */
export const largestEventBytes = 64 * 1024 * 1024;

export type DecodedEvent =
  | {
      readonly ok: true;
      readonly fields: JsonObject;
      readonly json: string;
      readonly unpackedBytes: number;
    }
  /** `problem` completes "The data of this step …". */
  | { readonly ok: false; readonly problem: string; readonly unpackedBytes: number };

const decoder = new TextDecoder();

/** Never throws: whatever the bytes are, the result is an event or what is wrong with them. */
export function decodeEvent(data: Uint8Array, keys: readonly FernetKey[]): DecodedEvent {
  let bytes = data;
  if (isFernetToken(bytes)) {
    const plain = decryptWithAny(bytes, keys);
    if (plain === null) return failed('are encrypted, and none of the keys opens them');
    bytes = plain;
  }
  if (isGzip(bytes)) {
    const unpacked = gunzip(bytes, largestEventBytes);
    if (!unpacked.ok) return failed(gunzipProblems[unpacked.problem], largestEventBytes);
    bytes = unpacked.bytes;
  }
  return parseEvent(bytes);
}

const gunzipProblems = {
  'too-large': `unpack to more than ${largestEventBytes / 1024 / 1024} MB`,
  damaged: 'are damaged (gzip)',
};

function decryptWithAny(bytes: Uint8Array, keys: readonly FernetKey[]): Uint8Array | null {
  for (const key of keys) {
    const plain = decryptFernet(bytes, key);
    if (plain !== null) return plain;
  }
  return null;
}

function parseEvent(bytes: Uint8Array): DecodedEvent {
  const json = decoder.decode(bytes);
  try {
    const fields = asObject(parsePythonJson(json));
    if (fields === null) return failed('are not an event', bytes.length);
    return { ok: true, fields, json, unpackedBytes: bytes.length };
  } catch {
    return failed('are not JSON', bytes.length);
  }
}

function failed(problem: string, unpackedBytes = 0): DecodedEvent {
  return { ok: false, problem, unpackedBytes };
}
