import assert from 'node:assert/strict';
import { CallTokens } from '../../../../src/capture/recorder/callTokens.js';
import { createRedaction } from '../../../../src/redaction/redaction.js';
import type { Redaction, TokenRedactor } from '../../../../src/redaction/redaction.js';
import { TokenKind } from '../../../../src/model/tokens.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';

const channels = 5_000;

describe('tokens of a response with more tool calls than any has', () => {
  let open = 0;
  let most = 0;
  const redaction = createRedaction({ useDefaults: true, keys: [], patterns: [] });
  const counting: Redaction = {
    ...redaction,
    stream: (complete) => {
      const redactor: TokenRedactor = redaction.stream(complete);
      most = Math.max(most, ++open);
      return {
        add: (index, text) => redactor.add(index, text),
        end: (isCut) => {
          open--;
          redactor.end(isCut);
        },
      };
    },
  };

  it('remembers the ends of a bounded number of texts, and loses no text', () => {
    const events: TraceEvent[] = [];
    const tokens = new CallTokens('call', counting, (event) => events.push(event), null);
    for (let toolCall = 0; toolCall < channels; toolCall++) {
      const text = `{${toolCall}}`;
      tokens.add({ part: 'token', kind: TokenKind.toolArguments, text, metadata: { toolCall } }, 1);
    }
    tokens.send(0);
    tokens.end(false);
    assert.ok(most <= 1_001, `${most} at once`);
    assert.equal(open, 0);
    const texts = events.flatMap((event) =>
      event.type === 'tokens' ? event.tokens.map(([, , text]) => text) : [],
    );
    assert.deepEqual(
      texts,
      Array.from({ length: channels }, (_, at) => `{${at}}`),
    );
  });
});
