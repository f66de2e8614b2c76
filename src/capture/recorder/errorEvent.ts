/** The provider's own words for an error in the middle of a stream. */
import { errorOfValue } from '../wire/errorCodes.js';
import { asObject, parseJson } from '../wire/json.js';

const longest = 65_536;

/** The JSON of the error among the events or lines of one read; undefined when it is not there as a whole. */
export function errorEventIn(bytes: Uint8Array): unknown {
  if (bytes.length > longest) return undefined;
  const lines = Buffer.from(bytes)
    .toString('utf8')
    .split(/\r\n|\r|\n/);
  return lines
    .map((line) => asObject(parseJson(line.replace(/^data:/, ''))))
    .find((value) => value !== undefined && errorOfValue(value) !== undefined);
}
