// A model that needs no account and no network: it thinks, then answers word by word, and sometimes stalls.

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const answers = {
  plan: {
    thoughts: 'Three days, on foot, no museums on Monday. Weather decides the order.',
    text: 'Day one: the old town and the river. Day two: the castle hill. Day three: the market, then home.',
  },
  write: {
    thoughts: 'Sun on day two, rain on day one: swap them.',
    text: 'Start with the castle hill while the sun is out, keep the old town for the rain, and end at the market.',
  },
};

/**
 * Streams an answer as chunks `{ kind, text }`.
 * @param {'plan' | 'write'} task
 */
export async function* streamAnswer(task) {
  const { thoughts, text } = answers[task];
  await pause(350);
  for (const word of words(thoughts)) {
    yield { kind: 'reasoning', text: word };
    await pause(12 + Math.random() * 20);
  }
  let count = 0;
  for (const word of words(text)) {
    yield { kind: 'text', text: word };
    // Once in an answer it holds for a moment, as real ones do.
    count += 1;
    await pause(count === 9 ? 1_300 : 20 + Math.random() * 35);
  }
}

const words = (text) => text.match(/\S+\s*/g) ?? [];
