/** The steady writer as a child of a test. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Told } from '../unit/store/waiting.js';
import type { WriterNews } from './steadyWriter.js';

export class WriterProcess {
  private readonly told = new Told<WriterNews>();
  private readonly child: ChildProcess;

  /** `user`: for a process without the rights of an administrator. */
  constructor(bundles: string, trace: string, user?: number) {
    this.child = fork(join(bundles, 'writer.js'), [trace, join(bundles, 'fold.js')], {
      execArgv: [],
      ...(user === undefined ? {} : { uid: user, gid: user }),
    });
    this.child.on('message', (news) => this.told.tell(news as WriterNews));
  }

  /** The first news from now on that is as wanted. */
  next(isWanted: (news: WriterNews) => boolean): Promise<WriterNews> {
    return this.told.next(isWanted, this.told.all.length);
  }

  /** Ends the capture as it should end; what it said last. */
  async stop(): Promise<WriterNews> {
    const exit = once(this.child, 'exit');
    this.child.send('stop');
    await exit;
    const last = this.told.all.at(-1);
    if (!last) throw new Error('The writer has never said anything.');
    return last;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
