/** A canvas context that writes down what is painted instead of painting it. */

export interface Drawn {
  readonly what: 'rect' | 'text' | 'line' | 'shape';
  /** Of the fill or stroke. */
  readonly colour: string;
  readonly alpha: number;
  /** Left and top; of a text, left and baseline; of lines and shapes, their first point. */
  readonly x: number;
  readonly y: number;
  /** Zero but for rectangles. */
  readonly width: number;
  readonly height: number;
  readonly text: string;
  /** Of lines and shapes: x and y of every point. */
  readonly points: readonly number[];
  readonly isDashed: boolean;
}

/** Text is as wide as 6 pixels a character. */
const characterWidth = 6;

export class DrawLog {
  readonly drawn: Drawn[] = [];
  readonly canvas: { readonly clientWidth: number };
  fillStyle = '';
  strokeStyle = '';
  font = '';
  textAlign = '';
  textBaseline = '';
  globalAlpha = 1;
  lineWidth = 1;
  private path: number[] = [];
  private dashes: readonly number[] = [];

  constructor(clientWidth: number) {
    this.canvas = { clientWidth };
  }

  /** As what the painters take; they use no more of it than is here. */
  get context(): CanvasRenderingContext2D {
    return this as unknown as CanvasRenderingContext2D;
  }

  get texts(): string[] {
    return this.drawn.filter(({ what }) => what === 'text').map(({ text }) => text);
  }

  rects(colour: string): Drawn[] {
    return this.drawn.filter((one) => one.what === 'rect' && one.colour === colour);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.log('rect', this.fillStyle, { x, y, width, height });
  }
  strokeRect(x: number, y: number, width: number, height: number): void {
    this.log('rect', this.strokeStyle, { x, y, width, height });
  }
  fillText(text: string, x: number, y: number): void {
    this.log('text', this.fillStyle, { x, y, text });
  }
  measureText(text: string): { width: number } {
    return { width: text.length * characterWidth };
  }
  beginPath(): void {
    this.path = [];
  }
  moveTo(x: number, y: number): void {
    this.path.push(x, y);
  }
  lineTo(x: number, y: number): void {
    this.path.push(x, y);
  }
  arc(x: number, y: number): void {
    this.path.push(x, y);
  }
  roundRect(x: number, y: number, width: number, height: number): void {
    this.path.push(x, y, x + width, y + height);
  }
  setLineDash(dashes: readonly number[]): void {
    this.dashes = dashes;
  }
  stroke(): void {
    this.logPath('line', this.strokeStyle);
  }
  fill(): void {
    this.logPath('shape', this.fillStyle);
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

  private logPath(what: 'line' | 'shape', colour: string): void {
    const [x = 0, y = 0] = this.path;
    this.log(what, colour, { x, y, points: this.path });
  }

  private log(
    what: Drawn['what'],
    colour: string,
    about: Pick<Drawn, 'x' | 'y'> & Partial<Drawn>,
  ): void {
    this.drawn.push({
      what,
      colour,
      alpha: this.globalAlpha,
      width: 0,
      height: 0,
      text: '',
      points: [],
      isDashed: this.dashes.length > 0,
      ...about,
    });
  }
}
