/**
 * Frameworks know by themselves what is open around a piece of their work; their adapters tell it here. For the
 * whole process: adapters are bundles of their own.
 */
import type { LlmStream, Run, Step } from './api.js';

type Find = () => Run | Step | LlmStream | undefined;

const sharedName = Symbol.for('llm-stream-sdk surroundings');
const holder = globalThis as { [sharedName]?: Find };

/** @param find called for everything that is started without a parent */
export function setSurroundings(find: Find): void {
  holder[sharedName] = find;
}

export const surroundings: Find = () => holder[sharedName]?.();
