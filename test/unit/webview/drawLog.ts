/** A canvas context that writes down what is painted instead of painting it. */

export interface Drawn {
  readonly what: 'rect' | 'text' | 'line' | 'shape';
  /** Of the fill or stroke. */
  readonly colour: string;
  /** Rectangles: left, top, width, height. Text: left, baseline. Lines and shapes: every point. */
  readonly numbers: readonly number[];
  readonly text?: string;
  readonly isDashed?: boolean;
}

/** Text is as wide as 6 pixels a character. */
const characterWidth = 6;

export class DrawLog {
  readonly drawn: Drawn[] = [];
  fillStyle = '';
  strokeStyle = '';
  font = '';
  textAlign = '';
  textBaseline = '';
  globalAlpha = 1;
  lineWidth = 1;
  private path: number[] = [];
  private dashes: readonly number[] = [];

  /** As what the painters take; they use no more of it than is here. */
  get context(): CanvasRenderingContext2D {
    return this as unknown as CanvasRenderingContext2D;
  }

  texts(): (string | undefined)[] {
    return this.drawn.filter(({ what }) => what === 'text').map(({ text }) => text);
  }

  rects(colour: string): Drawn[] {
    return this.drawn.filter((one) => one.what === 'rect' && one.colour === colour);
  }

  fillRect(...numbers: number[]): void {
    this.drawn.push({ what: 'rect', colour: this.fillStyle, numbers });
  }
  strokeRect(...numbers: number[]): void {
    this.drawn.push({ what: 'rect', colour: this.strokeStyle, numbers });
  }
  fillText(text: string, x: number, y: number): void {
    this.drawn.push({ what: 'text', colour: this.fillStyle, numbers: [x, y], text });
  }
  measureText(text: string): { width: number } {
    return { width: text.length * characterWidth };
  }
  beginPath(): void {
    this.path = [];
  }
  moveTo(...point: number[]): void {
    this.path.push(...point);
  }
  lineTo(...point: number[]): void {
    this.path.push(...point);
  }
  arc(x: number, y: number): void {
    this.path.push(x, y);
  }
  roundRect(x: number, y: number, width: number, height: number): void {
    this.path.push(x, y, width, height);
  }
  setLineDash(dashes: readonly number[]): void {
    this.dashes = dashes;
  }
  stroke(): void {
    const isDashed = this.dashes.length > 0;
    this.drawn.push({ what: 'line', colour: this.strokeStyle, numbers: this.path, isDashed });
  }
  fill(): void {
    this.drawn.push({ what: 'shape', colour: this.fillStyle, numbers: this.path });
  }
  closePath(): void {
    // The log keeps points, not their being closed.
  }
  rect(): void {
    // Only ever a clip here.
  }
  clip(): void {
    // What is clipped away is logged all the same.
  }
  save(): void {
    // Nothing is transformed.
  }
  restore(): void {
    // Nothing is transformed.
  }
}
