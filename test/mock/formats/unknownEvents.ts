/** Servers that speak no format which anyone knows: events of their own, and plain text. */
import type { MockFormat } from './format.js';
import { dataEvent, frame, isPost, piece, serverSentEvents } from './format.js';

const common = {
  isStreaming: () => true,
  ping: '',
  whole: () => ({}),
  errorBody: (status: number) => ({ problem: `mock error ${status}` }),
};

export const unknownEvents: MockFormat = {
  ...{ ...common, name: 'plain', contentType: serverSentEvents },
  answers: (request) => isPost(request, '/unknown/events'),
  frames: ({ choices }) =>
    (choices[0] ?? []).map((text) => frame(dataEvent({ piece: text }), piece('other', text))),
  errorEvent: dataEvent({ problem: 'mock error' }),
};

export const plainText: MockFormat = {
  ...{ ...common, name: 'plain', contentType: 'text/plain; charset=utf-8' },
  answers: (request) => isPost(request, '/unknown/text'),
  frames: ({ choices }) => (choices[0] ?? []).map((text) => frame(text, piece('other', text))),
  errorEvent: 'mock error',
};
