/** What is wrong with the files of a capture now, told when it changes. */
import type { CaptureProblem } from '../../protocol/captureStatus.js';
import { type Trouble, lostAtEnd, problemOf, takenOver } from './problems.js';

export class Troubles {
  private readonly current = new Map<Trouble, CaptureProblem>();

  constructor(
    private readonly tracePath: string,
    private readonly log: (line: string) => void,
    private readonly onProblems: (problems: readonly CaptureProblem[]) => void = () => undefined,
  ) {}

  /** One of each kind. */
  get problems(): readonly CaptureProblem[] {
    return [...this.current.values()];
  }

  met(trouble: Trouble, thrown: unknown): void {
    this.set(trouble, problemOf(trouble, thrown, this.tracePath), thrown);
  }

  takenOver(): void {
    this.set('place', takenOver(this.tracePath));
  }

  lost(tokens: number): void {
    this.set('log', lostAtEnd(tokens, this.current.get('log'), this.tracePath));
  }

  solved(trouble: Trouble): void {
    if (!this.current.delete(trouble)) return;
    this.log(`Solved: ${trouble}`);
    this.onProblems(this.problems);
  }

  private set(trouble: Trouble, problem: CaptureProblem, thrown?: unknown): void {
    if (this.current.get(trouble)?.message === problem.message) return;
    this.current.set(trouble, problem);
    const detail = thrown instanceof Error ? ` (${thrown.message})` : '';
    this.log(`${problem.message}${detail}`);
    this.onProblems(this.problems);
  }
}
