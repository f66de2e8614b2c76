/** Opens fixtures and hand-made databases in tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openReader } from '../../../src/formats/registry.js';
import { Database } from '../../../src/store/database.js';
import type { RecordedCall, RecordedStep, TraceReader } from '../../../src/store/traceReader.js';
import { type Content, agentInspectorDatabase } from '../../fixtures/agentInspectorDatabase.js';

/** Of support-encrypted.db and fernet.json: base64url of bytes 0…31. */
export const fixtureKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

export function fixturePath(name: string): string {
  return join(import.meta.dirname, '../../fixtures/agent-inspector', name);
}

export async function openBytes(
  bytes: Uint8Array,
  keys: readonly string[] = [],
): Promise<TraceReader> {
  return openReader(await Database.open(bytes), { keys });
}

export function openFixture(name: string, keys: readonly string[] = []): Promise<TraceReader> {
  return openBytes(readFileSync(fixturePath(name)), keys);
}

export async function openContent(
  content: Content,
  keys: readonly string[] = [],
): Promise<TraceReader> {
  return openReader(await agentInspectorDatabase(content), { keys });
}

/** The steps of the run with this name; of the only run when none is given. */
export function stepsOf(reader: TraceReader, runName?: string): RecordedStep[] {
  const run = reader.runs().find(({ name }) => runName === undefined || name === runName);
  if (run === undefined) throw new Error(`no run “${runName}”`);
  return reader.steps(run.key);
}

export function stepNamed(steps: readonly RecordedStep[], name: string): RecordedStep {
  const step = steps.find((candidate) => candidate.name === name);
  if (step === undefined) throw new Error(`no step “${name}”`);
  return step;
}

export function callOf(step: RecordedStep | undefined): RecordedCall {
  if (!step?.call) throw new Error('not a call');
  return step.call;
}

/** The texts of a step's sections by title. */
export function sectionsOf(reader: TraceReader, step: RecordedStep): Record<string, string> {
  const { sections } = reader.detail(step.key, () => reader.tokens(step.key));
  return Object.fromEntries(sections.map(({ title, text }) => [title, text]));
}
