/**
 * Reads the tokens of a call straight from the pages of the image. Through SQL in WebAssembly every value of every row
 * is a call of its own: a million tokens take five times as long, and opening a trace is reading all of its tokens.
 *
 * Only for what our own writers make: their table, rows that fit on their page. For anything else, and for anything
 * that is not as SQLite describes it, the answer is null, and SQLite is asked.
 *
 * Source: https://www.sqlite.org/fileformat2.html#b_tree_pages (a table WITHOUT ROWID is an index b-tree)
 */
import type { TokenColumns } from '../../model/tokens.js';
import type { StepKey } from '../../model/trace.js';
import type { Database } from '../database.js';
import { CheckedColumns } from './checkedColumns.js';
import { createVersion1 } from './schema.js';

const ownTable = /CREATE TABLE llm_tokens \([^]*?WITHOUT ROWID/.exec(createVersion1)?.[0];
const interiorPage = 2;
const leafPage = 10;
/** Of a tree that is sound: with two children a page, a million pages. */
const mostLevels = 20;
/** call_key, token_index, offset_us, kind, read_index, token. */
const columnsRead = 6;

interface TreePage {
  /** Its first byte in the image. */
  readonly start: number;
  /** It has other pages below it. */
  readonly isInterior: boolean;
  readonly cells: number;
}

/** Thrown and caught here: the pages are to be left to SQLite. */
class Irregular extends Error {}

export class TokenPages {
  private readonly view: DataView;
  private readonly pageSize: number;
  /** The longest row that is on its page as a whole. */
  private readonly longestRow: number;
  private readonly columns: CheckedColumns;
  private readonly serialTypes = new Float64Array(columnsRead);
  /** Where the last varint ended. */
  private end = 0;
  /** Where the row ends that was begun last. */
  private rowEnd = 0;
  private pagesLeft = 0;

  private constructor(
    private readonly image: Uint8Array,
    private readonly rootPage: number,
  ) {
    this.view = new DataView(image.buffer, image.byteOffset, image.byteLength);
    this.columns = new CheckedColumns(() => image.length);
    const size = this.view.getUint16(16);
    this.pageSize = size === 1 ? 65_536 : size;
    const usable = this.pageSize - (image[20] ?? 0);
    this.longestRow = Math.floor(((usable - 12) * 64) / 255) - 23;
  }

  /** Null unless the tokens are in a table as we make it, in an image that nothing was written to. */
  static of(database: Database): TokenPages | null {
    const image = database.unchangedImage();
    const table = database.get(
      "SELECT rootpage, CAST(sql AS TEXT) AS sql FROM sqlite_schema WHERE type = 'table' AND name = 'llm_tokens'",
    );
    const rootPage = Number(table?.['rootpage']);
    if (!image || table?.['sql'] !== ownTable || !Number.isInteger(rootPage)) return null;
    return new TokenPages(image, rootPage);
  }

  /** The same as by SQL, in arrays that own their buffers; null where SQL has to be asked. */
  tokens(call: StepKey): TokenColumns | null {
    return this.unlessIrregular(() => {
      this.columns.begin();
      this.visit(this.rootPage, call, mostLevels);
      return this.columns.columns();
    });
  }

  /** Null where SQL has to be asked. Costs as many pages as the tokens are on, and not tokens. */
  count(call: StepKey): number | null {
    return this.unlessIrregular(() => this.countIn(this.rootPage, call, mostLevels));
  }

  private unlessIrregular<T>(work: () => T): T | null {
    // Damaged pages may lead in circles.
    this.pagesLeft = Math.ceil(this.image.length / this.pageSize);
    try {
      return work();
    } catch (thrown) {
      // RangeError: a place outside the image.
      if (thrown instanceof Irregular || thrown instanceof RangeError) return null;
      throw thrown;
    }
  }

  /** Rows of the page and of those below it, in order: those of an inner page lie between its children. */
  private visit(number: number, call: StepKey, levelsLeft: number): void {
    const page = this.page(number, levelsLeft);
    for (let cell = this.firstCellFrom(page, call); ; cell++) {
      if (page.isInterior) this.visit(this.childOf(page, cell), call, levelsLeft - 1);
      if (cell >= page.cells || !this.takeRow(page.start, this.rowAt(page, cell), call)) return;
    }
  }

  private countIn(number: number, call: StepKey, levelsLeft: number): number {
    const page = this.page(number, levelsLeft);
    const first = this.firstCellFrom(page, call);
    const end = this.firstCellFrom(page, call + 1);
    let count = end - first;
    if (!page.isInterior) return count;
    for (let cell = first; cell <= end; cell++) {
      count += this.countIn(this.childOf(page, cell), call, levelsLeft - 1);
    }
    return count;
  }

  private page(number: number, levelsLeft: number): TreePage {
    const start = (number - 1) * this.pageSize;
    const type = this.view.getUint8(start);
    const isOfTree = (type === interiorPage || type === leafPage) && number > 1;
    if (!isOfTree || levelsLeft === 0 || this.pagesLeft-- === 0) throw new Irregular();
    return { start, isInterior: type === interiorPage, cells: this.view.getUint16(start + 3) };
  }

  /** Of the last child, which no cell names, the number is in the head of the page. */
  private childOf(page: TreePage, cell: number): number {
    return this.view.getUint32(cell < page.cells ? this.cellAt(page, cell) : page.start + 8);
  }

  private cellAt({ start, isInterior }: TreePage, cell: number): number {
    return start + this.view.getUint16(start + (isInterior ? 12 : 8) + 2 * cell);
  }

  private rowAt(page: TreePage, cell: number): number {
    return this.cellAt(page, cell) + (page.isInterior ? 4 : 0);
  }

  /** The first cell whose row is of this call or a later one; as many as there are when there is none. */
  private firstCellFrom(page: TreePage, call: number): number {
    let [low, high] = [0, page.cells];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.callOf(page.start, this.rowAt(page, middle)) < call) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private callOf(start: number, at: number): number {
    const header = this.rowStart(start, at);
    const body = header + this.varint(header);
    const type = this.varint(this.end);
    return this.integer(type, body);
  }

  /** False for a row of another call. */
  private takeRow(start: number, at: number, call: StepKey): boolean {
    const header = this.rowStart(start, at);
    const types = this.serialTypes;
    let value = header + this.varint(header);
    for (let column = 0; column < columnsRead; column++) types[column] = this.varint(this.end);
    if (this.end > value) throw new Irregular();
    if (this.integer(types[0] ?? 0, value) !== call) return false;
    value += widthOf(types[0] ?? 0);
    const index = this.number(types[1] ?? 0, value);
    value += widthOf(types[1] ?? 0);
    const offsetUs = this.number(types[2] ?? 0, value);
    value += widthOf(types[2] ?? 0);
    const kind = this.number(types[3] ?? 0, value);
    value += widthOf(types[3] ?? 0);
    const readIndex = this.number(types[4] ?? 0, value);
    value += widthOf(types[4] ?? 0);
    const textType = types[5] ?? 0;
    if (textType < 12 && textType !== 0) throw new Irregular();
    const textEnd = value + widthOf(textType);
    if (textEnd > this.rowEnd) throw new Irregular();
    this.columns.add(index, offsetUs, kind, readIndex, this.image, value, textEnd);
    return true;
  }

  /** Where the row begins whose cell, without the child's number, is at `at`. */
  private rowStart(start: number, at: number): number {
    const length = this.varint(at);
    this.rowEnd = this.end + length;
    const isWhole = length <= this.longestRow && this.rowEnd <= start + this.pageSize;
    if (!isWhole || this.rowEnd > this.image.length) throw new Irregular();
    return this.end;
  }

  /** Keys are whole numbers: what is ordered in another way is not searched here. */
  private integer(type: number, at: number): number {
    if (type === 7 || type > 9 || type === 0) throw new Irregular();
    return this.number(type, at);
  }

  /** NaN for what is no number. */
  private number(type: number, at: number): number {
    const { view } = this;
    switch (type) {
      case 1:
        return view.getInt8(at);
      case 2:
        return view.getInt16(at);
      case 3:
        return view.getInt8(at) * 65_536 + view.getUint16(at + 1);
      case 4:
        return view.getInt32(at);
      case 5:
        return view.getInt16(at) * 2 ** 32 + view.getUint32(at + 2);
      case 6:
        return Number(view.getBigInt64(at));
      case 7:
        return view.getFloat64(at);
      case 8:
        return 0;
      case 9:
        return 1;
      default:
        return NaN;
    }
  }

  private varint(at: number): number {
    const first = this.view.getUint8(at);
    if (first < 0x80) {
      this.end = at + 1;
      return first;
    }
    let value = first & 0x7f;
    // Longer ones stand for more than a page holds.
    for (let next = at + 1; next < at + 4; next++) {
      const byte = this.view.getUint8(next);
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) {
        this.end = next + 1;
        return value;
      }
    }
    throw new Irregular();
  }
}

const widths = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

/** Bytes of a value of this serial type. */
function widthOf(type: number): number {
  if (type < 10) return widths[type] ?? 0;
  if (type < 12) throw new Irregular();
  return (type - 12) >>> 1;
}
