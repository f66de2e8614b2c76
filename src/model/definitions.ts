/**
 * Each figure that is shown, with its definition, formula and source: the text on hover, and the tables
 * of docs/metrics.md (a test keeps the two equal).
 */

export interface FigureDefinition {
  readonly name: string;
  readonly definition: string;
  readonly formula: string;
  /** Where the definition is from, and who uses the same one. */
  readonly source: string;
}

const rule = 'LLM Stream Inspector; there is no standard';
const latencyList =
  'AIPerf ICL; OpenTelemetry gen_ai.client.operation.time_per_output_chunk; vLLM calls this list ITL';
const linear = 'numpy default (linear interpolation), as vLLM and AIPerf';

export const callFigures = {
  totalTokens: {
    name: 'Total tokens',
    definition:
      'Output tokens as the provider counted them (usage, log probabilities); without such a count, the chunks with content that came. An estimate is marked with ≈.',
    formula: 'usage, else number of chunks',
    source: 'The call’s usage, or the recorded stream',
  },
  duration: {
    name: 'Duration',
    definition: 'End-to-end latency: from sending the request to the last byte of the response.',
    formula: 'last byte − request sent',
    source: 'vLLM and AIPerf request latency (E2E)',
  },
  ttfc: {
    name: 'TTFC',
    definition:
      'Time to first chunk: from sending the request to the first chunk of the response, whatever it holds.',
    formula: 'first chunk − request sent',
    source: 'OpenTelemetry gen_ai.client.operation.time_to_first_chunk; AIPerf TTFT',
  },
  ttft: {
    name: 'TTFT',
    definition:
      'Time to first token: from sending the request to the first chunk with generated content of any channel (text, refusal, reasoning, tool arguments). Role-only and empty chunks, pings and bookkeeping do not count.',
    formula: 'first chunk with content − request sent',
    source: 'AI SDK firstChunkMs',
  },
  ttfo: {
    name: 'TTFO',
    definition:
      'Time to first output: from sending the request to the first chunk of visible text. Reasoning and tool arguments are not visible text.',
    formula: 'first chunk of text − request sent',
    source: 'GuideLLM first non-reasoning token',
  },
  tpot: {
    name: 'TPOT',
    definition: 'Time per output token after the first one. Undefined for one token or none.',
    formula: '(duration − TTFT) / (output tokens − 1)',
    source: 'vLLM bench serve',
  },
  iclP50: {
    name: 'ICL p50',
    definition:
      'Inter-chunk latency: the time from one chunk with content to the next. Half of the gaps are at most this long.',
    formula: 'p50 of t[i] − t[i−1]',
    source: `${latencyList}; ${linear}`,
  },
  iclP95: {
    name: 'ICL p95',
    definition: 'Inter-chunk latency that 95 % of the gaps do not exceed.',
    formula: 'p95 of t[i] − t[i−1]',
    source: `${latencyList}; ${linear}`,
  },
  iclP99: {
    name: 'ICL p99',
    definition: 'Inter-chunk latency that 99 % of the gaps do not exceed.',
    formula: 'p99 of t[i] − t[i−1]',
    source: `${latencyList}; ${linear}`,
  },
  itlP50: {
    name: 'ITL p50',
    definition:
      'Inter-token latency: the inter-chunk latency of a call in which every chunk is known to be one token (log probabilities, or as many tokens in usage as chunks). Unknown for other calls.',
    formula: 'p50 of t[i] − t[i−1]',
    source: `AIPerf and vLLM ITL; ${linear}`,
  },
  outputTokensPerSecond: {
    name: 'Output tokens/s',
    definition: 'Speed of the stream itself, without the wait for the first token.',
    formula: 'output tokens / (last token − first token)',
    source: 'AI SDK outputTokensPerSecond',
  },
  effectiveTokensPerSecond: {
    name: 'Effective tokens/s',
    definition: 'Speed that the agent got, with the wait for the first token.',
    formula: 'output tokens / duration',
    source: 'AI SDK effectiveOutputTokensPerSecond; Agent Inspector tokens_per_second',
  },
  stalls: {
    name: 'Stalls',
    definition:
      'Gaps between two chunks that are long both absolutely and for this call. Both limits are settings.',
    formula: 'gap ≥ floor (1 000 ms) and gap ≥ factor (5) × ICL p50',
    source: rule,
  },
  bursts: {
    name: 'Bursts',
    definition:
      'Two or more chunks with content that came out of one read of the connection, or within 1 ms. After a wait: something on the way buffered them.',
    formula: 'same read, or t ≤ t[first of the burst] + 1 ms',
    source: rule,
  },
  finishReason: {
    name: 'Finish reason',
    definition: 'Why the model stopped, in the provider’s own word.',
    formula: 'as received',
    source: 'The provider’s last chunk',
  },
} as const satisfies Readonly<Record<string, FigureDefinition>>;

/** As shown on hover. */
export const definitionInWords = ({ definition, formula, source }: FigureDefinition): string =>
  `${definition}\nFormula: ${formula}\nSource: ${source}`;

export const runFigures = {
  ttftP50: {
    name: 'TTFT p50',
    definition: 'The median of the calls’ times to first token.',
    formula: 'p50 of TTFT over the calls that have one',
    source: `AI SDK firstChunkMs; ${linear}`,
  },
  tokensPerSecond: {
    name: 'tok/s',
    definition: 'Effective speed over all calls whose tokens and duration are known.',
    formula: 'sum of output tokens / sum of durations',
    source: 'AI SDK effectiveOutputTokensPerSecond, over the run',
  },
  icl: {
    name: 'ICL p50 / p95',
    definition:
      'The median call’s inter-chunk latencies: every call counts once, however many tokens it has.',
    formula: 'median over the calls of each call’s ICL p50 and p95',
    source: latencyList,
  },
  calls: {
    name: 'Calls',
    definition: 'LLM calls of the run, streamed or not.',
    formula: 'count',
    source: 'The trace',
  },
  failed: {
    name: 'Failed',
    definition:
      'Calls that ended with an error of the provider or the connection. Calls that the agent aborted are not failures.',
    formula: 'count of calls in the state “failed”',
    source: 'The trace',
  },
  stalls: {
    name: 'Stalls',
    definition: 'Stalls of all calls of the run.',
    formula: 'sum of the calls’ stalls',
    source: rule,
  },
  bursts: {
    name: 'Bursts',
    definition: 'Bursts of all calls of the run.',
    formula: 'sum of the calls’ bursts',
    source: rule,
  },
  bufferedBursts: {
    name: 'Buffered bursts',
    definition:
      'Bursts for which something on the way had held tokens back: many at once, after a long wait.',
    formula: '≥ 5 tokens in a burst after ≥ 100 ms and ≥ 5 × ICL p50',
    source: rule,
  },
} as const satisfies Readonly<Record<string, FigureDefinition>>;

/** Of a stage, of each of its phases, and of each stage in it. */
export const stageFigures = {
  duration: {
    name: 'Duration',
    definition:
      'How long it went on; until now, while it runs. A phase goes on until the next one begins, the last one until its stage ends.',
    formula: 'end − start',
    source: 'What the agent said',
  },
  calls: {
    name: 'Calls',
    definition:
      'LLM calls within it, however deep. Of a phase: those that were open at some time of it, so that a call may count in several.',
    formula: 'count',
    source: 'The trace',
  },
  tokens: {
    name: 'Tokens',
    definition:
      'Output tokens of its calls. Of a phase: those that came in it. Tokens of a call that streamed in several phases are shared out by time and marked with ≈, as an estimate is.',
    formula: 'sum of total tokens × share of the stream that lies in it',
    source: 'The calls’ usage, or the recorded streams',
  },
  ttftP50: {
    name: 'TTFT p50',
    definition:
      'The median of its calls’ times to first token. Of a phase: of the calls whose request was sent in it.',
    formula: 'p50 of TTFT over the calls that have one',
    source: `AI SDK firstChunkMs; ${linear}`,
  },
  outputTokensPerSecond: {
    name: 'Output tokens/s',
    definition:
      'Speed of its calls’ streams, without the waits for their first tokens. Calls at the same time count side by side.',
    formula: 'sum of output tokens / sum of (last token − first token)',
    source: 'AI SDK outputTokensPerSecond, over the stage',
  },
  stalls: {
    name: 'Stalls',
    definition: 'Stalls of its calls. Of a phase: those that began in it.',
    formula: 'sum of the calls’ stalls',
    source: rule,
  },
  errors: {
    name: 'Errors',
    definition:
      'Calls and other steps within it that failed. Of a phase: those that ended in it. Calls that the agent aborted are not failures.',
    formula: 'count of failed steps',
    source: 'The trace',
  },
  waiting: {
    name: 'Waiting',
    definition:
      'Share of the time in which a first token was waited for and no other call streamed. What is neither waiting nor streaming was spent outside the calls.',
    formula: 'time in TTFT of any call, and in no stream / duration',
    source: rule,
  },
  streaming: {
    name: 'Streaming',
    definition:
      'Share of the time in which at least one call was between its first and its last token. Calls at the same time count once.',
    formula: 'time between first and last token of any call / duration',
    source: rule,
  },
} as const satisfies Readonly<Record<string, FigureDefinition>>;
