import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { PageSession, Selection } from '../../src/editor/pageSession.js';
import { textBetween } from '../../src/model/tokens.js';
import type { Step } from '../../src/model/trace.js';
import {
  User,
  closeAllEditors,
  copyOf,
  inspector,
  openTrace,
  workspaceFile,
} from './support/inspector.js';

/** Settles when the page says that it shows what fulfils the condition. */
function whenSelected(
  session: PageSession,
  condition: (selection: Selection) => boolean,
): Promise<Selection> {
  return new Promise((resolve) => {
    if (condition(session.selection)) return resolve(session.selection);
    const listener = session.onDidSelect((selection) => {
      if (!condition(selection)) return;
      listener.dispose();
      resolve(selection);
    });
  });
}

async function openDemo(): Promise<PageSession> {
  const file = workspaceFile('demo.llmtrace');
  await openTrace(file);
  const session = (await inspector()).sessions.find(file);
  if (!session) throw new Error('No page was opened.');
  await whenSelected(session, ({ step }) => step !== null);
  return session;
}

/** The first call that the condition holds for, and its run. */
async function findCall(
  session: PageSession,
  condition: (step: Step) => boolean,
): Promise<{ run: number; step: Step }> {
  for (const { key } of session.document.summary?.runs ?? []) {
    const { steps } = await session.document.request('run', { run: key });
    const step = steps.find((candidate) => candidate.call && condition(candidate));
    if (step) return { run: key, step };
  }
  throw new Error('The demo trace has no such call.');
}

async function select(session: PageSession, condition: (step: Step) => boolean): Promise<Step> {
  const { run, step } = await findCall(session, condition);
  session.reveal({ run: run as never, step: step.key, token: null, play: false });
  await whenSelected(session, (selection) => selection.step === step.key);
  return step;
}

const streamed = ({ call }: Step): boolean =>
  call?.state === 'completed' &&
  call.storedTokens > 20 &&
  call.sampleRate === 1 &&
  !call.aggregated;

describe('commands', () => {
  const user = new User();
  afterEach(async () => {
    user.leave();
    await closeAllEditors();
  });

  it('"Open Trace File…" opens the file that was chosen', async () => {
    const file = await copyOf(workspaceFile('support.db'), 'chosen.db');
    user.chooseFile(file);
    await vscode.commands.executeCommand('llmStream.openTrace');
    assert.ok((await inspector()).sessions.find(file));
  });

  it('"Open in LLM Stream Inspector" opens what was clicked in the Explorer', async () => {
    const file = workspaceFile('support.db');
    await vscode.commands.executeCommand('llmStream.openInInspector', file, [file]);
    assert.ok((await inspector()).sessions.find(file));
  });

  it('"Go to Token…" goes to an index and to a text', async () => {
    const session = await openDemo();
    const call = await select(session, streamed);
    user.answerInput(() => '7');
    await vscode.commands.executeCommand('llmStream.goToToken');
    await whenSelected(session, ({ token }) => token === 7);

    const tokens = await session.document.tokens(call.key);
    user.answerInput(() => textBetween(tokens, 12, 15));
    await vscode.commands.executeCommand('llmStream.goToToken');
    await whenSelected(session, ({ token }) => token === 12);
  });

  it('"Copy Response" copies the text of the tokens', async () => {
    const session = await openDemo();
    const call = await select(
      session,
      (step) => streamed(step) && (step.call?.model ?? '').includes('gpt'),
    );
    await vscode.commands.executeCommand('llmStream.copyResponse');
    const copied = await vscode.env.clipboard.readText();
    assert.ok(copied.length > 20);
    const tokens = await session.document.tokens(call.key);
    assert.ok(textBetween(tokens, 0, tokens.count).includes(copied));
  });

  it('"Copy Response" copies the recorded response of a call that was not streamed', async () => {
    const session = await openDemo();
    await select(session, ({ call }) => call?.streaming === false && call.state === 'completed');
    await vscode.env.clipboard.writeText('');
    await vscode.commands.executeCommand('llmStream.copyResponse');
    assert.ok((await vscode.env.clipboard.readText()).length > 0);
  });

  it('"Replay Stream…" asks for trace, run and call, shows the call and plays it', async () => {
    const session = await openDemo();
    const { step } = await findCall(
      session,
      ({ call }) => call?.model === 'gemini-2.5-flash' && call.state === 'completed',
    );
    user.pick('demo.llmtrace', 'heat pumps', 'gemini-2.5-flash');
    await vscode.commands.executeCommand('llmStream.replayStream');
    // The page tells its position when the replay has come to the end.
    const last = (step.call?.storedTokens ?? 0) - 1;
    await whenSelected(session, (now) => now.step === step.key && now.token === last);
  });

  it('"Replay Stream…" asks for the key of an encrypted trace, and goes on with it', async () => {
    const file = await copyOf(workspaceFile('support-encrypted.db'), 'replayed.db');
    await openTrace(file, 'llmStream.database');
    await closeAllEditors();
    user.pick('replayed.db', 'support ticket');
    // Base64url of the bytes 0 to 31.
    user.answerInput(() => 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=');
    const messages = user.readMessages();
    await vscode.commands.executeCommand('llmStream.replayStream');
    assert.match(messages.join(), /holds no tokens of its calls/);
    await vscode.commands.executeCommand('llmStream.forgetKeys');
  });

  it('of the tree say what to do when they are run without an entry', async () => {
    const messages = user.readMessages();
    for (const name of [
      'reveal',
      'replayCall',
      'copyTracePath',
      'removeRecent',
      'openInInspector',
    ]) {
      await vscode.commands.executeCommand(`llmStream.${name}`);
      assert.match(messages.pop() ?? '', /^Choose this command in the context menu/, name);
    }
  });

  it('say what to do where there is no trace', async () => {
    const messages = user.readMessages();
    await vscode.commands.executeCommand('llmStream.copyResponse');
    assert.match(messages.join(), /Open a trace first/);
  });
});
