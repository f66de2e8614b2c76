/** A canvas that is sharp on every screen and knows its size in CSS pixels. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export class Canvas {
  readonly context: CanvasRenderingContext2D;
  private current: Size = { width: 0, height: 0 };

  /** `onResize` is called when the canvas has a new size or the screen another resolution: paint again. */
  constructor(
    readonly element: HTMLCanvasElement,
    private readonly onResize: () => void,
  ) {
    const context = element.getContext('2d');
    if (!context) throw new Error('The canvas has no 2-D context.');
    this.context = context;
    new ResizeObserver(() => this.measure()).observe(element);
    this.watchResolution();
  }

  get size(): Size {
    return this.current;
  }

  /** Clears the canvas and lets `paint` draw in CSS pixels. */
  draw(paint: (context: CanvasRenderingContext2D, size: Size) => void): void {
    const { width, height } = this.current;
    const ratio = window.devicePixelRatio;
    const pixels = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (this.element.width !== pixels.width) this.element.width = pixels.width;
    if (this.element.height !== pixels.height) this.element.height = pixels.height;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, width, height);
    paint(this.context, this.current);
  }

  private measure(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === this.current.width && height === this.current.height) return;
    this.current = { width, height };
    this.onResize();
  }

  private watchResolution(): void {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener(
      'change',
      () => {
        this.onResize();
        this.watchResolution();
      },
      { once: true },
    );
  }
}
