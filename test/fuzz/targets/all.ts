/** Everything that reads what others wrote. */
import type { FuzzTarget } from '../target.js';
import { channel } from './channel.js';
import { contentDecodings } from './contentDecoding.js';
import { jsonArray, jsonLines, serverSentEvents } from './framings.js';
import { ingest } from './ingest.js';
import { eventData, json } from './json.js';
import { log } from './log.js';
import { patterns, redactionOfText } from './redaction.js';
import { sdkChunks } from './sdkChunks.js';
import { traceFiles } from './traces.js';
import { wal } from './wal.js';
import { wireFormats } from './wireFormats.js';

export const targets: readonly FuzzTarget[] = [
  ...[serverSentEvents, jsonLines, jsonArray],
  ...wireFormats,
  ...contentDecodings,
  ...[wal, log, ingest, channel, json, eventData],
  ...[redactionOfText, patterns, sdkChunks],
  // Last: they need the most memory.
  ...traceFiles,
];
