/** What an SDK sends of an agent with everything that it can say; a line a thing, in order of time. */

export interface SentLine {
  /** ms since the run began. */
  readonly atMs: number;
  readonly line: object;
}

const run_id = 'run-of-an-agent';
const words = 'The refund of the order was approved and is on its way to the customer now'.split(
  ' ',
);

/** `startMs`: wall clock, ms since 1970. */
export class SentAgent {
  private readonly lines: SentLine[] = [];
  private steps = 0;

  constructor(private readonly startMs: number) {
    const about = { agent_type: 'support', session_id: 'session-7', user_id: 'user-3' };
    const metadata = { git: 'a1b2c3d', tier: 'gold', retries: 2 };
    this.add(0, { type: 'run_start', run_id, name: 'Refund assistant', ...about, metadata });
  }

  /** Until then. */
  until(ms: number): object[] {
    return this.lines
      .filter(({ atMs }) => atMs <= ms)
      .sort((a, b) => a.atMs - b.atMs)
      .map(({ line }) => line);
  }

  end(atMs: number, status: 'completed' | 'failed' = 'completed'): this {
    return this.add(atMs, { type: 'run_end', run_id, status });
  }

  /** Returns its id; `toMs` null: it does not end. */
  step(
    step_type: string,
    name: string,
    fromMs: number,
    toMs: number | null,
    more: StepMore = {},
  ): string {
    const step_id = `step-${this.steps++}`;
    const { parent_id, data, end = {} } = more;
    this.add(fromMs, {
      ...{ type: 'step_start', step_id, run_id, step_type, name },
      ...(parent_id === undefined ? {} : { parent_id }),
      ...(data === undefined ? {} : { data }),
    });
    if (toMs !== null) {
      const duration_us = (toMs - fromMs) * 1_000;
      this.add(toMs, { type: 'step_end', step_id, duration_us, ...end });
    }
    return step_id;
  }

  /** What a stage says of itself while it runs. */
  progress(
    step_id: string,
    atMs: number,
    said: { readonly progress?: number; readonly phase?: string; readonly message?: string },
  ): this {
    return this.add(atMs, { type: 'step_progress', step_id, ...said });
  }

  event(step_type: string, name: string, atMs: number, more: StepMore = {}): this {
    const { parent_id, data, end = {} } = more;
    return this.add(atMs, {
      ...{ type: 'event', step_id: `step-${this.steps++}`, run_id, step_type, name, ...end },
      ...(parent_id === undefined ? {} : { parent_id }),
      ...(data === undefined ? {} : { data }),
    });
  }

  /** A token each `gapMs` from `ttftMs` on; `rate` of them are sent. */
  call(model: string, fromMs: number, tokens: number, more: CallMore = {}): this {
    const { parent_id, rate = 1, ttftMs = 300, gapMs = 20, end = {}, response } = more;
    const llm_call_id = `call-${this.steps++}`;
    this.add(fromMs, {
      ...{
        type: 'llm_call_start',
        llm_call_id,
        run_id,
        model,
        provider: 'openai',
        sample_rate: rate,
      },
      ...(parent_id === undefined ? {} : { parent_id }),
      request: { messages: [{ role: 'user', content: 'Where is my refund?' }] },
    });
    for (let index = 0; index < tokens; index++) {
      const isTaken =
        rate === 1 || (rate > 0 && (index % Math.round(1 / rate) === 0 || index === tokens - 1));
      if (!isTaken) continue;
      const offsetMs = ttftMs + index * gapMs;
      const token = {
        token: `${words[index % words.length]} `,
        offset_us: offsetMs * 1_000,
        index,
      };
      this.lines.push({
        atMs: fromMs + offsetMs,
        line: { type: 'llm_tokens', llm_call_id, first_index: index, tokens: [token] },
      });
    }
    if (more.isOpen) return this;
    const lastMs = ttftMs + Math.max(0, tokens - 1) * gapMs;
    const gaps = {
      icl_p50_us: gapMs * 1_000,
      icl_p90_us: gapMs * 1_000,
      icl_p95_us: gapMs * 1_000,
    };
    const counted = {
      received_tokens: tokens,
      statistics: {
        ...{ first_token_us: ttftMs * 1_000, first_output_us: ttftMs * 1_000 },
        ...{ last_token_us: lastMs * 1_000, ...gaps },
        ...{ icl_p99_us: gapMs * 1_000, icl_max_us: gapMs * 1_000 },
      },
      ...(response === false
        ? {}
        : {
            response: Array.from({ length: tokens }, (_, at) => words[at % words.length]).join(' '),
          }),
    };
    return this.add(fromMs + lastMs + 40, {
      ...{ type: 'llm_call_end', llm_call_id, duration_us: (lastMs + 40) * 1_000 },
      ...{ finish_reason: 'stop', ...(rate === 1 ? {} : counted), ...end },
    });
  }

  private add(atMs: number, line: object): this {
    this.lines.push({ atMs, line: { ...line, timestamp_us: (this.startMs + atMs) * 1_000 } });
    return this;
  }
}

export interface StepMore {
  readonly parent_id?: string;
  readonly data?: unknown;
  readonly end?: object;
}

export interface CallMore {
  readonly parent_id?: string;
  readonly rate?: number;
  readonly ttftMs?: number;
  readonly gapMs?: number;
  readonly isOpen?: boolean;
  readonly end?: object;
  readonly response?: false;
}

/** An agent with sub-agents, stages, tools, messages, and calls of all rates; 12 s long. */
export function refundAgent(startMs: number): SentAgent {
  const agent = new SentAgent(startMs);
  const planner = agent.step('agent', 'planner', 100, 4_200);
  const plan = agent.step('stage', 'plan', 150, 2_600, { parent_id: planner });
  agent.call('gpt-4o', 200, 100, { parent_id: plan });
  agent.event('memory_read', 'customer:3', 2_620, {
    parent_id: planner,
    data: { value: { tier: 'gold' } },
  });
  const search = agent.step('tool_call', 'search_orders', 2_700, 4_100, {
    parent_id: planner,
    data: { input: { query: 'refund', limit: 5 } },
    end: { data: { input: { query: 'refund', limit: 5 }, output: ['order 7', 'order 9'] } },
  });
  agent.call('gpt-4o-mini', 2_800, 40, { parent_id: search });
  agent.event('agent_handoff', 'hand-off to writer', 4_250, {
    data: { from: 'planner', to: 'writer', reason: 'The plan is made' },
  });
  const writer = agent.step('agent', 'writer', 4_300, 10_500);
  agent.call('gpt-4o', 4_400, 200, { parent_id: writer, rate: 0.1 });
  agent.call('gpt-4o', 4_500, 180, { parent_id: writer, rate: 0 });
  agent.call('gpt-4o', 4_600, 150, { parent_id: writer });
  agent.call('claude-sonnet-4-5', 4_700, 200, { parent_id: writer, rate: 0.01, response: false });
  agent.step('tool_call', 'send_mail', 9_000, 9_400, {
    parent_id: writer,
    data: { input: { to: 'user-3' } },
    end: {
      status: 'failed',
      data: { error: { type: 'SmtpError', message: 'mailbox full\nat send()' } },
    },
  });
  agent.event('agent_communication', 'message to planner', 9_500, {
    parent_id: writer,
    data: { from: 'writer', to: 'planner', message: 'The mail did not go out' },
  });
  agent.event('memory_write', 'last_refund', 9_600, { parent_id: writer, data: { value: 7 } });
  const nested = agent.step(
    'agent',
    `A sub-agent with ${'a very long name '.repeat(12)}`,
    9_700,
    10_400,
    {
      parent_id: writer,
    },
  );
  const stage = agent.step('stage', 'critique', 9_720, 10_390, { parent_id: nested });
  const custom = agent.step('custom', 'retry loop', 9_740, 10_380, { parent_id: stage });
  agent.call('gpt-4o-mini', 9_750, 10, { parent_id: custom, ttftMs: 200 });
  agent.event('error', 'ValueError', 10_600, { data: { error: 'no such order', message: 'x' } });
  agent.event('final_answer', 'final answer', 10_700, {
    data: { output: 'Your refund is on its way.' },
  });
  return agent.end(11_000);
}
