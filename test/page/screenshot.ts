/**
 * Takes a picture of the trace page:
 * `npx tsx test/page/screenshot.ts --width 1180 --height 780 --theme dark --trace picture --out page.png`
 * Traces: picture, large. Also: --tab Statistics, --step 6 (key), --position 61, --touch.
 */
import { parseArgs } from 'node:util';
import { runKey, stepKey } from '../../src/model/trace.js';
import { largeTrace, pictureTrace } from './syntheticTrace.js';
import { themeNames } from './themes.js';
import { bundlePage, launchBrowser, openTracePage } from './tracePage.js';

const { values } = parseArgs({
  options: {
    width: { type: 'string', default: '1180' },
    height: { type: 'string', default: '780' },
    theme: { type: 'string', default: 'dark' },
    trace: { type: 'string', default: 'picture' },
    tab: { type: 'string' },
    step: { type: 'string' },
    position: { type: 'string' },
    out: { type: 'string', default: 'page.png' },
  },
});
const theme = themeNames.find((name) => name === values.theme);
if (!theme) throw new Error(`--theme is one of ${themeNames.join(', ')}.`);

const browser = await launchBrowser();
const traced = await openTracePage(browser, await bundlePage(), {
  source: values.trace === 'large' ? largeTrace(1_000, 20_000) : pictureTrace(),
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
if (values.tab !== undefined) await traced.page.getByRole('tab', { name: values.tab }).click();
await traced.idle();
await traced.page.screenshot({ path: values.out });
for (const error of traced.errors) process.stderr.write(`${error}\n`);
await browser.close();
