/** Divides a stream of text into lines; one that is too long is left out, so that nothing fills the memory. */
export class BoundedLines {
  private pieces: string[] = [];
  private length = 0;

  constructor(
    private readonly longest: number,
    private readonly onLine: (line: string) => void,
  ) {}

  push(text: string): void {
    const [first = '', ...others] = text.split('\n');
    this.keep(first);
    for (const other of others) {
      this.end();
      this.keep(other);
    }
  }

  /** What came behind the last line break is a line as well. */
  end(): void {
    const isWhole = this.length > 0 && this.length <= this.longest;
    const line = this.pieces.join('');
    this.pieces = [];
    this.length = 0;
    if (isWhole) this.onLine(line);
  }

  private keep(piece: string): void {
    this.length += piece.length;
    if (this.length <= this.longest) this.pieces.push(piece);
    else this.pieces = [];
  }
}
