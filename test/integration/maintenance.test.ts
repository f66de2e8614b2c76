import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { TraceDocument } from '../../src/editor/traceDocument.js';
import {
  User,
  closeAllEditors,
  copyOf,
  extension,
  inspector,
  openTrace,
  settled,
  whenState,
  workspaceFile,
} from './support/inspector.js';

const run = (name: string, ...words: unknown[]): Thenable<unknown> =>
  vscode.commands.executeCommand(`llmStream.${name}`, ...words);

/** Of the first version of the format. */
const oldTrace = (): vscode.Uri =>
  vscode.Uri.joinPath(extension().extensionUri, 'test/fixtures/native/version-1.llmtrace');

const sizeOf = async (uri: vscode.Uri): Promise<number> => (await stat(uri.fsPath)).size;

/** Of all calls: how many are aggregated, and how many tokens are stored. */
async function callsOf(
  document: TraceDocument,
): Promise<{ aggregated: number; storedTokens: number }> {
  let aggregated = 0;
  let storedTokens = 0;
  for (const { key } of document.summary?.runs ?? []) {
    const { steps } = await document.request('run', { run: key });
    for (const { call } of steps) {
      if (call?.aggregated) aggregated++;
      storedTokens += call?.storedTokens ?? 0;
    }
  }
  return { aggregated, storedTokens };
}

describe('commands that change traces', () => {
  const user = new User();
  let messages: string[];
  beforeEach(() => {
    messages = user.readMessages();
  });
  afterEach(async () => {
    user.leave();
    await closeAllEditors();
  });

  describe('"Aggregate Trace…"', () => {
    it('makes the file smaller, and the open trace shows what is left', async () => {
      const file = await copyOf(workspaceFile('demo.llmtrace'), 'to-aggregate.llmtrace');
      const document = await openTrace(file);
      const before = await callsOf(document);
      const sizeBefore = await sizeOf(file);
      const asked = user.answerWarning('Aggregate');
      user.pick('All calls');
      await run('aggregateTrace', file);
      assert.deepEqual(asked, ['Aggregate all calls of to-aggregate.llmtrace?']);
      assert.ok((await sizeOf(file)) < sizeBefore / 2, `${await sizeOf(file)} of ${sizeBefore}`);
      const after = await callsOf(document);
      assert.ok(after.aggregated > before.aggregated);
      assert.ok(after.storedTokens < before.storedTokens / 2);
      assert.match(messages.join(), /^Aggregated \d+ calls of to-aggregate\.llmtrace: .* are gone/);
    });

    it('leaves the file as it is when the user thinks better of it', async () => {
      const file = await copyOf(workspaceFile('demo.llmtrace'), 'not-aggregated.llmtrace');
      const before = await readFile(file.fsPath);
      user.answerWarning(undefined);
      user.pick('All calls');
      await run('aggregateTrace', file);
      assert.deepEqual(await readFile(file.fsPath), before);
    });

    it('leaves calls that are not old enough', async () => {
      const file = await copyOf(workspaceFile('demo.llmtrace'), 'young.llmtrace');
      const before = await readFile(file.fsPath);
      user.answerWarning('Aggregate');
      user.pick('Calls older than…');
      user.answerInput(() => '36500');
      await run('aggregateTrace', file);
      assert.deepEqual(await readFile(file.fsPath), before);
      assert.match(messages.join(), /^young\.llmtrace is as it was/);
    });

    it('says why it cannot, in the sentence of the command line', async () => {
      const file = workspaceFile('garbage.llmtrace');
      await writeFile(file.fsPath, 'no trace at all');
      user.answerWarning('Aggregate');
      user.pick('All calls');
      await run('aggregateTrace', file);
      assert.match(messages.join(), /garbage\.llmtrace .*\.$/);
      assert.equal(await readFile(file.fsPath, 'utf8'), 'no trace at all');
      await rm(file.fsPath);
    });
  });

  describe('"Convert to .llmtrace…"', () => {
    it('makes a native trace beside the database, which is opened, and leaves the database', async () => {
      const database = workspaceFile('tokens.db');
      const before = await readFile(database.fsPath);
      const proposed = user.chooseNewFile();
      await run('convertTrace', database);
      const target = workspaceFile('tokens.llmtrace');
      assert.deepEqual(proposed.map(String), [target.toString()]);
      assert.deepEqual(await readFile(database.fsPath), before);
      const session = (await inspector()).sessions.find(target);
      assert.ok(session);
      await whenState(session.document, settled);
      assert.match(session.document.summary?.formatLabel ?? '', /^LLM Stream trace/);
      assert.match(messages.join(), /^Converted tokens\.db into tokens\.llmtrace: /);
    });

    it('asks for the key of an encrypted database', async () => {
      const database = await copyOf(workspaceFile('support-encrypted.db'), 'locked.db');
      user.chooseNewFile();
      // Base64url of the bytes 0 to 31.
      user.answerInput(() => 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=');
      await run('convertTrace', database);
      const session = (await inspector()).sessions.find(workspaceFile('locked.llmtrace'));
      assert.ok(session, messages.join());
      await run('forgetKeys');
    });

    it('makes no file without the key', async () => {
      const database = await copyOf(workspaceFile('support-encrypted.db'), 'no-key.db');
      user.answerInput(() => undefined);
      await run('convertTrace', database);
      await assert.rejects(stat(workspaceFile('no-key.llmtrace').fsPath));
    });
  });

  it('"Export Redacted Copy…" makes a copy that opens, and leaves the trace', async () => {
    const file = workspaceFile('demo.llmtrace');
    const before = await readFile(file.fsPath);
    user.chooseNewFile();
    await run('exportRedacted', file);
    const copy = workspaceFile('demo-redacted.llmtrace');
    assert.match(messages.join(), /^Redacted demo\.llmtrace into demo-redacted\.llmtrace: /);
    assert.deepEqual(await readFile(file.fsPath), before);
    const original = await callsOf(await openTrace(file));
    assert.deepEqual(await callsOf(await openTrace(copy)), original);
  });

  it('"Export Redacted Copy…" says when a pattern of the settings is refused, and redacts with the last good ones', async () => {
    const file = await copyOf(workspaceFile('demo.llmtrace'), 'patterns.llmtrace');
    const set = (patterns: readonly string[] | undefined): Thenable<void> =>
      vscode.workspace
        .getConfiguration('llmStream')
        .update('redaction.patterns', patterns, vscode.ConfigurationTarget.Global);
    user.chooseNewFile();
    try {
      await set(['support']);
      await run('exportRedacted', file);
      await set(['support', '(a+)+b']);
      await run('exportRedacted', file);
    } finally {
      await set(undefined);
    }
    const told = messages.join('\n');
    assert.match(told, /"\(a\+\)\+b" takes too long .* last valid value applies: \["support"\]\./);
    assert.match(told, /Redacted patterns\.llmtrace into patterns-redacted-2\.llmtrace: /);
    const copy = await readFile(workspaceFile('patterns-redacted-2.llmtrace').fsPath);
    assert.ok((await readFile(file.fsPath)).includes('support') && !copy.includes('support'));
  });

  it('"Upgrade Trace File…" says when there is nothing to upgrade', async () => {
    const file = await copyOf(workspaceFile('demo.llmtrace'), 'newest.llmtrace');
    user.answerWarning('Upgrade');
    await run('upgradeTrace', file);
    assert.match(messages.join(), /the newest: there is nothing to upgrade\.$/);
  });

  it('"Upgrade Trace File…" upgrades a file of an older version', async () => {
    const file = await copyOf(oldTrace(), 'older.llmtrace');
    const document = await openTrace(file);
    user.answerWarning('Upgrade');
    await run('upgradeTrace', file);
    assert.match(messages.join(), /^older\.llmtrace was upgraded from version 1 .* to version \d/);
    assert.equal(document.state.status, 'ready');
  });

  it('work on the active trace when they are run from the command palette', async () => {
    const file = await copyOf(workspaceFile('demo.llmtrace'), 'active.llmtrace');
    await openTrace(file);
    const asked = user.answerWarning(undefined);
    await run('upgradeTrace');
    assert.deepEqual(asked, ['Upgrade active.llmtrace to the newest version of the format?']);
  });

  it('are cancelled in their notification, and the file is whole', async () => {
    const file = await copyOf(workspaceFile('demo.llmtrace'), 'cancelled.llmtrace');
    user.answerWarning('Aggregate');
    user.pick('All calls');
    user.cancelProgress();
    await run('aggregateTrace', file);
    assert.match(messages.join(), /Cancelled|because you cancelled/);
    const document = await openTrace(file);
    assert.equal(document.state.status, 'ready');
  });
});

describe('"Clean Up Captures…"', () => {
  const user = new User();
  const folder = (): string => workspaceFile('old captures').fsPath;
  const limit = (days: number | undefined): Thenable<void> =>
    vscode.workspace
      .getConfiguration('llmStream')
      .update('retention.maximumAgeDays', days, vscode.ConfigurationTarget.Global);
  const setFolder = (name: string | undefined): Thenable<void> =>
    vscode.workspace
      .getConfiguration('llmStream')
      .update('capture.folder', name, vscode.ConfigurationTarget.Workspace);
  let messages: string[];
  beforeEach(async () => {
    messages = user.readMessages();
    await mkdir(folder(), { recursive: true });
    await copyFile(oldTrace().fsPath, path.join(folder(), 'capture-2026-01-02T03-04-05.llmtrace'));
    await copyFile(oldTrace().fsPath, path.join(folder(), 'mine.llmtrace'));
    await setFolder('old captures');
  });
  afterEach(async () => {
    user.leave();
    await limit(undefined);
    await setFolder(undefined);
    await rm(folder(), { recursive: true });
  });

  it('says how to set limits where there are none, and touches nothing', async () => {
    await run('cleanUpCaptures');
    assert.match(messages.join(), /^No limits are set for captures\./);
    assert.equal((await readdir(folder())).length, 2);
  });

  it('lists what would go, asks, and deletes it, but nothing else', async () => {
    await limit(1);
    const asked = user.answerWarning(undefined);
    await run('cleanUpCaptures');
    assert.match(asked.join(), /^Clean up captures: delete 1 trace \(\d+ KB\)\? This cannot/);
    assert.equal((await readdir(folder())).length, 2, 'the user thought better of it');
    user.answerWarning('Clean Up');
    await run('cleanUpCaptures');
    assert.deepEqual(await readdir(folder()), ['mine.llmtrace']);
    assert.match(messages.join(), /Cleaned up captures: deleted 1 trace; \d+ KB freed\./);
  });

  it('says that there is nothing where nothing is beyond the limits', async () => {
    await limit(36_500);
    await run('cleanUpCaptures');
    assert.match(messages.join(), /^There is nothing to clean up/);
  });
});
