/**
 * Takes a picture of the trace page:
 * `npx tsx test/page/screenshot.ts --width 1180 --height 780 --theme dark --trace picture --out page.png`
 * Traces: picture, large, live (calls that stream), left-out (aggregated, sampled, not stored), sent (by an SDK; with --until 5000 as it was then, ms, and with
 * --cut when the capture ended then), or a file: --file demo/demo.llmtrace, --run name, --row gpt-4o (part of its name).
 * Also: --tab Statistics, --step 6 (key), --position 61, --keys "+,+,ArrowRight" (in the run timeline).
 */
import { parseArgs } from 'node:util';
import { runKey, stepKey } from '../../src/model/trace.js';
import { largeTrace, pictureTrace, stallRule } from './syntheticTrace.js';
import { refundAgent } from './sentAgent.js';
import { leftOutTrace } from './leftOutTrace.js';
import { SentTrace } from './sentTrace.js';
import { stagesAgent } from './stagesAgent.js';
import { StreamingRun } from './streamingRun.js';
import { themeNames } from './themes.js';
import { type TraceSource, fileSource } from './traceSource.js';
import { bundlePage, launchBrowser, openTracePage } from './tracePage.js';

const { values } = parseArgs({
  options: {
    width: { type: 'string', default: '1180' },
    height: { type: 'string', default: '780' },
    theme: { type: 'string', default: 'dark' },
    trace: { type: 'string', default: 'picture' },
    file: { type: 'string' },
    run: { type: 'string' },
    row: { type: 'string' },
    keys: { type: 'string' },
    tab: { type: 'string' },
    step: { type: 'string' },
    position: { type: 'string' },
    until: { type: 'string' },
    cut: { type: 'boolean' },
    out: { type: 'string', default: 'page.png' },
  },
});
const theme = themeNames.find((name) => name === values.theme);
if (!theme) throw new Error(`--theme is one of ${themeNames.join(', ')}.`);

const browser = await launchBrowser();
const traced = await openTracePage(browser, await bundlePage(), {
  source: await sourceOf(),
  theme,
  width: Number(values.width),
  height: Number(values.height),
  ...(values.step === undefined
    ? {}
    : {
        reveal: {
          run: runKey(1),
          step: stepKey(Number(values.step)),
          token: values.position === undefined ? null : Number(values.position),
          play: false,
        },
      }),
});
const { page } = traced;
if (values.run !== undefined) {
  const option = page.getByRole('option', { name: values.run }).first();
  await page.getByRole('combobox', { name: 'Runs' }).selectOption(await option.innerText());
  await traced.idle();
}
const region = page.getByRole('region', { name: 'Run timeline' });
if (values.row !== undefined) {
  await region.getByRole('button', { name: values.row }).first().click();
  await traced.idle();
}
for (const key of values.keys?.split(',') ?? []) {
  await region.locator('.run-row[tabindex="0"]').press(key);
}
if (values.tab !== undefined) await page.getByRole('tab', { name: values.tab }).click();
if (values.trace === 'live') {
  await region
    .getByRole('button', { name: /waiting 2/ })
    .first()
    .waitFor();
}
await traced.idle();
await page.screenshot({ path: values.out });
for (const error of traced.errors) process.stderr.write(`${error}\n`);
await browser.close();

async function sourceOf(): Promise<TraceSource> {
  if (values.file !== undefined) return fileSource(values.file, stallRule);
  if (values.trace === 'live') {
    return new StreamingRun({ ended: 9, streaming: 4, tokens: 90 }).source;
  }
  if (values.trace === 'left-out') return leftOutTrace();
  if (values.trace === 'sent' || values.trace === 'stages') {
    const untilMs = Number(values.until ?? 60_000);
    const agent = values.trace === 'stages' ? stagesAgent : refundAgent;
    const sent = await SentTrace.of(agent(Date.now() - untilMs).until(untilMs));
    return values.cut ? sent.end() : sent.source;
  }
  return values.trace === 'large' ? largeTrace(1_000, 20_000) : pictureTrace();
}
