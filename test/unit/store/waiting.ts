/** Collects what is told, and waits for what should be told. */
export class Told<T> {
  readonly all: T[] = [];
  private waiting: (() => void)[] = [];

  readonly tell = (news: T): void => {
    this.all.push(news);
    this.waiting.forEach((check) => check());
  };

  /** The first news from `from` on that is as wanted; never resolves otherwise: the test times out. */
  next(isWanted: (news: T) => boolean, from = 0): Promise<T> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = this.all.slice(from).find(isWanted);
        if (found === undefined) return;
        this.waiting = this.waiting.filter((other) => other !== check);
        resolve(found);
      };
      this.waiting.push(check);
      check();
    });
  }
}
