import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as vscode from 'vscode';
import type { PageAction } from '../../src/protocol/pageMessages.js';
import type { TraceErrorCode } from '../../src/protocol/errors.js';
import {
  User,
  closeAllEditors,
  inspector,
  openTrace,
  replaceFile,
  settled,
  whenState,
  workspaceFile,
} from './support/inspector.js';

const activeInput = (): unknown => vscode.window.tabGroups.activeTabGroup.activeTab?.input;

describe('the trace editor', () => {
  afterEach(closeAllEditors);

  it('is what *.llmtrace files open in', async () => {
    await vscode.commands.executeCommand('vscode.open', workspaceFile('demo.llmtrace'));
    const input = activeInput();
    assert.ok(input instanceof vscode.TabInputCustom, 'a custom editor');
    assert.equal(input.viewType, 'llmStream.trace');
  });

  it('is offered for databases, which open in it on demand only', async () => {
    const file = workspaceFile('support.db');
    const document = await openTrace(file, 'llmStream.database');
    assert.match(document.summary?.formatLabel ?? '', /Agent Inspector/);
    assert.ok((document.summary?.runs.length ?? 0) > 0);
  });

  it('opens native traces', async () => {
    const document = await openTrace(workspaceFile('demo.llmtrace'));
    assert.match(document.summary?.formatLabel ?? '', /LLM Stream trace/);
    assert.ok((document.summary?.runs.length ?? 0) > 1);
  });

  it('shares one document among the panels of a file', async () => {
    const { sessions } = await inspector();
    const file = workspaceFile('demo.llmtrace');
    const document = await openTrace(file);
    await vscode.commands.executeCommand('workbench.action.splitEditorRight');
    await openTrace(file);
    assert.equal(vscode.window.tabGroups.all.length, 2);
    assert.equal(sessions.find(file)?.document, document);
  });

  it('lets a page run nothing but our own script, by a nonce of its own', async () => {
    const { sessions } = await inspector();
    const nonces = [];
    for (const name of ['demo.llmtrace', 'support.db']) {
      await openTrace(
        workspaceFile(name),
        `llmStream.${name.endsWith('db') ? 'database' : 'trace'}`,
      );
      const { html, options } = sessions.find(workspaceFile(name))?.panel.webview ?? {};
      const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html ?? '')?.[1] ?? '';
      assert.match(policy, /^default-src 'none'; script-src 'nonce-[\w-]{32}'; style-src /);
      assert.doesNotMatch(policy, /unsafe|\*(?!\.)|data:/);
      assert.deepEqual(
        options?.localResourceRoots?.map(({ path }) => path.split('/').slice(-2).join('/')),
        ['dist/webview'],
      );
      nonces.push(/'nonce-([\w-]+)'/.exec(policy)?.[1]);
    }
    assert.notEqual(nonces[0], nonces[1]);
  });

  it('closes the document with its last panel', async () => {
    const { documents } = await inspector();
    const file = workspaceFile('demo.llmtrace');
    await openTrace(file);
    const closed = new Promise<void>((resolve) => {
      const listener = documents.onDidChange(() => {
        if (documents.find(file)) return;
        listener.dispose();
        resolve();
      });
    });
    await closeAllEditors();
    await closed;
  });

  const failures: readonly {
    what: string;
    name: string;
    bytes: Uint8Array | string;
    code: TraceErrorCode;
    offers: PageAction;
  }[] = [
    { what: 'an empty file', name: 'empty', bytes: '', code: 'empty', offers: 'retry' },
    {
      what: 'a text file',
      name: 'text',
      bytes: 'This is no database.\n'.repeat(50),
      code: 'not-a-database',
      offers: 'openAsText',
    },
    {
      what: 'a file that begins like a database and goes on with garbage',
      name: 'corrupt',
      bytes: Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(5_000, 0xa5)]),
      code: 'corrupt',
      offers: 'retry',
    },
  ];
  for (const { what, name, bytes, code, offers } of failures) {
    it(`says what is wrong with ${what} and what to do`, async () => {
      const file = workspaceFile(`${name}.llmtrace`);
      await replaceFile(file, bytes);
      const { state } = await openTrace(file);
      assert.equal(state.status, 'failed');
      assert.equal(state.error.code, code);
      assert.match(state.error.message, /^[^\n]{20,}\.$/, 'a sentence');
      assert.ok(state.actions.includes(offers));
    });
  }

  it('opens nothing for a document that nobody holds', async () => {
    const { documents } = await inspector();
    const hold = documents.hold(workspaceFile('demo.llmtrace'));
    hold.dispose();
    await hold.document.open();
    assert.equal(hold.document.summary, null);
    await assert.rejects(hold.document.request('run', { run: 1 as never }), /is not open/);
  });

  it('opens a file that failed as soon as it is a trace', async () => {
    const file = workspaceFile('becomes.llmtrace');
    await replaceFile(file, '');
    const document = await openTrace(file);
    assert.equal(document.state.status, 'failed');
    await replaceFile(file, await fs.readFile(workspaceFile('demo.llmtrace').fsPath));
    await whenState(document, ({ status }) => status === 'ready');
  });

  it('says that a file is gone', async () => {
    const { documents } = await inspector();
    const hold = documents.hold(workspaceFile('not-there.llmtrace'));
    try {
      const state = await whenState(hold.document, settled);
      assert.equal(state.status === 'failed' && state.error.code, 'not-found');
    } finally {
      hold.dispose();
    }
  });

  it('asks before it opens a file larger than the settings say', async () => {
    const configuration = vscode.workspace.getConfiguration('llmStream');
    const file = workspaceFile('large.llmtrace');
    await fs.copyFile(workspaceFile('demo.llmtrace').fsPath, file.fsPath);
    const padding = 1_100_000 - (await fs.stat(file.fsPath)).size;
    if (padding > 0) await fs.appendFile(file.fsPath, Buffer.alloc(padding));
    await configuration.update('largeFileMegabytes', 1, vscode.ConfigurationTarget.Workspace);
    try {
      const document = await openTrace(file);
      const { state } = document;
      assert.equal(state.status === 'failed' && state.error.code, 'confirm-size');
      assert.ok(state.status === 'failed' && state.actions.includes('openLarge'));
      await document.open({ anySize: true });
      assert.equal(document.state.status, 'ready');
    } finally {
      await configuration.update(
        'largeFileMegabytes',
        undefined,
        vscode.ConfigurationTarget.Workspace,
      );
    }
  });
});

describe('encrypted traces', () => {
  const file = (): vscode.Uri => workspaceFile('support-encrypted.db');
  const rightKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
  const wrongKey = `${'A'.repeat(43)}=`;
  const user = new User();
  afterEach(async () => {
    user.leave();
    await closeAllEditors();
    await (await inspector()).keys.forgetAll();
  });

  it('ask for the key until it fits and keep it', async () => {
    const { keys } = await inspector();
    const answers = [wrongKey, rightKey];
    const prompts: unknown[] = [];
    user.answerInput((options) => {
      assert.equal(options.password, true);
      prompts.push(options.prompt);
      return answers.shift();
    });
    const document = await openTrace(file(), 'llmStream.database');
    await whenState(document, ({ status }) => status === 'ready');
    assert.match(String(prompts[1]), /does not fit/);
    assert.equal(await keys.of(file()), rightKey);
  });

  it('open without asking when the key is known', async () => {
    await (await inspector()).keys.keep(file(), rightKey);
    user.answerInput(() => assert.fail('asked for a key'));
    const { state } = await openTrace(file(), 'llmStream.database');
    assert.equal(state.status, 'ready');
  });

  it('say that they need a key when the user gives none, and keep nothing', async () => {
    user.answerInput(() => undefined);
    const { state } = await openTrace(file(), 'llmStream.database');
    assert.equal(state.status === 'failed' && state.error.code, 'key-needed');
    assert.ok(state.status === 'failed' && state.actions.includes('enterKey'));
    assert.equal(await (await inspector()).keys.of(file()), null);
  });

  it('take the question for the key away when their editor is closed', async () => {
    const asked = user.leaveInputOpen();
    await openTrace(file(), 'llmStream.database');
    const token = await asked;
    assert.equal(token.isCancellationRequested, false);
    await closeAllEditors();
    if (token.isCancellationRequested) return;
    await new Promise((resolve) => token.onCancellationRequested(resolve));
  });

  it('open all the same where the secret storage does not work', async () => {
    const { keys, documents } = await inspector();
    const broken = () => Promise.reject(new Error('no keyring'));
    Object.assign(keys, { of: broken, keep: broken });
    const messages = user.readMessages();
    const hold = documents.hold(file());
    try {
      await hold.document.whenOpened;
      assert.ok(hold.document.needsKey);
      await hold.document.open({ key: rightKey });
      assert.equal(hold.document.state.status, 'ready');
      assert.match(messages.join(), /key could not be kept/);
    } finally {
      for (const name of ['of', 'keep']) Reflect.deleteProperty(keys, name);
      hold.dispose();
    }
  });

  it('are forgotten with the command', async () => {
    const { keys } = await inspector();
    await keys.keep(file(), rightKey);
    const messages = user.readMessages();
    await vscode.commands.executeCommand('llmStream.forgetKeys');
    assert.equal(await keys.of(file()), null);
    assert.match(messages.join(), /Forgot the key/);
  });
});
