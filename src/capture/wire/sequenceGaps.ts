/** Numbered events: says when some are missing. */
import type { ResponsePart } from './wireFormat.js';

const mostNotices = 10;

export class SequenceGaps {
  private last: number | undefined;
  private notices = 0;

  parts(number: number | undefined): ResponsePart[] {
    if (number === undefined) return [];
    const { last } = this;
    this.last = number;
    if (last === undefined || number === last + 1 || this.notices >= mostNotices) return [];
    this.notices++;
    const text = `The event after number ${last} had number ${number}: ${explanation(last, number)}.`;
    return [{ part: 'notice', text }];
  }
}

function explanation(last: number, number: number): string {
  return number > last ? 'some did not arrive' : 'some came twice or out of order';
}
