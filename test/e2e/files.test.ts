import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badFiles, writeBadFiles } from './harness/badFiles.js';
import { supportTrace, writeSupportTrace } from './harness/supportTrace.js';
import { Workbench } from './harness/workbench.js';

/** Base64url of the bytes 0 to 31. */
const rightKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const wrongKey = 'AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const liveFile = 'support-live.db';

describe('files', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open(async (folder) => {
      await writeSupportTrace(folder);
      await writeBadFiles(folder);
    });
  });
  after(() => workbench.close());

  it('that cannot be opened say so, each with its own sentence, and harm nothing', async () => {
    const sentences = new Map<string, string>();
    for (const name of badFiles) {
      await workbench.openFile(name);
      const { main } = workbench.trace;
      await main.getByRole('heading', { name }).waitFor();
      const sentence = (await main.getByRole('alert').filter({ hasText: /./ }).innerText()).trim();
      assert.match(sentence, /^\S.{20,}$/s, `${name}: "${sentence}"`);
      assert.equal(sentences.get(sentence), undefined, `${name} says the same as another file`);
      sentences.set(sentence, name);
    }
    const trace = await workbench.openTrace(supportTrace);
    await trace.step(/gpt-4o-mini/).waitFor();
  });

  it('that are encrypted ask for the key until it fits', async () => {
    await workbench.openInInspector('support-encrypted.db');
    await workbench.trace.button('Enter Key…').click();
    await workbench.input.waitFor();
    await workbench.input.fill(wrongKey);
    await workbench.page.keyboard.press('Enter');
    await workbench.message(/does not fit/).waitFor();
    await workbench.input.fill(rightKey);
    await workbench.page.keyboard.press('Enter');
    await workbench.trace.runTimeline.waitFor();
    await workbench.trace.whenIdle();
  });

  it('that change on disk are shown anew within 1 s, selection kept', async () => {
    // A log that is cut is one to which less was written so far.
    const log = join(workbench.folder, `${liveFile}-wal`);
    const whole = await readFile(log);
    await writeFile(log, whole.subarray(0, Math.round(whole.length * 0.6)));
    await workbench.openInInspector(liveFile);
    const { trace } = workbench;
    await trace.whenIdle();
    const selected = trace.runTimeline.getByRole('button').first();
    await selected.click();
    await trace.whenIdle();
    const name = await selected.innerText();
    const generation = (await trace.main.getAttribute('data-generation')) ?? '';

    const start = performance.now();
    await writeFile(log, whole);
    await trace.main
      .and(workbench.page.locator(`:not([data-generation="${generation}"])`))
      .waitFor({ timeout: 10_000 });
    const milliseconds = performance.now() - start;
    assert.ok(milliseconds < 1_500, `shown after ${Math.round(milliseconds)} ms`);
    await trace.whenIdle();
    assert.equal(await trace.runTimeline.getByRole('button').first().innerText(), name);
  });
});
