import assert from 'node:assert/strict';
import * as path from 'node:path';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { access } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { TokenColumns } from '../../src/model/tokens.js';
import type { TraceDocument } from '../../src/editor/traceDocument.js';
import { type Node, treeItem } from '../../src/views/traceNodes.js';
import {
  type Agent,
  ModelServer,
  runAgent,
  set,
  whenCapture,
  whenStatus,
} from './support/captured.js';
import {
  User,
  closeAllEditors,
  inspector,
  settled,
  whenState,
  workspaceFile,
} from './support/inspector.js';

const command = (name: string): Thenable<unknown> =>
  vscode.commands.executeCommand(`llmStream.${name}`);

describe('a capture', () => {
  let server: ModelServer;
  const user = new User();
  let messages: string[];
  before(async () => {
    server = await ModelServer.start();
    await set('upstreams', server.upstreams);
    await set('capture.folder', 'captured');
  });
  after(async () => {
    await set('upstreams', undefined);
    await set('capture.folder', undefined);
    await server.stop();
  });
  beforeEach(() => {
    messages = user.readMessages();
  });
  afterEach(async () => {
    user.leave();
    user.readMessages();
    user.answerWarning('Stop Now');
    const { captures } = await inspector();
    if (captures.state.state !== 'off') await captures.stop('now');
    user.leave();
    await closeAllEditors();
  });

  async function start(): Promise<string> {
    await command('startCapture');
    const { url } = await whenStatus();
    return `${url}/openai`;
  }

  /** The document that the capture's end has opened. */
  async function stopped(): Promise<TraceDocument> {
    const { captures, sessions } = await inspector();
    const { trace } = captures;
    assert.ok(trace);
    await command('stopCapture');
    const session = sessions.find(trace);
    assert.ok(session, 'the trace was not opened');
    await whenState(session.document, settled);
    return session.document;
  }

  it('says where it listens, records what an agent hears, and ends with a whole trace', async () => {
    const url = await start();
    assert.match(messages.join('\n'), /Capturing on http:\/\/127\.0\.0\.1:\d+/);
    const agent = runAgent(url, { text: 'Nothing of this is lost.' });
    const heard = await agent.heard;
    await whenStatus(({ calls, activeStreams }) => calls === 1 && activeStreams === 0);
    const document = await stopped();
    assert.equal(path.dirname(document.uri.fsPath), workspaceFile('captured').fsPath);
    assert.match(document.fileName, /^capture-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.llmtrace$/);
    const { tokens, state } = await onlyCall(document);
    assert.equal(state, 'completed');
    assert.equal(textOf(tokens), 'Nothing of this is lost.');
    assert.match(heard, /\[DONE\]/);
    await assert.rejects(access(`${document.uri.fsPath}-log`), 'the log must be folded');
  });

  it('is in the tree of traces with its figures while it runs', async () => {
    const url = await start();
    await runAgent(url, { tokens: 5 }).heard;
    await whenStatus(({ tokens, activeStreams }) => tokens === 5 && activeStreams === 0);
    const { tree } = await inspector();
    const [first] = await tree.getChildren();
    assert.ok(first?.kind === 'trace' && first.capture);
    const item = treeItem(first);
    assert.equal(item.contextValue, 'trace.capture');
    assert.match(String(item.description), /5 tokens$/);
    const [health, run] = await tree.getChildren(first);
    assert.equal(run?.kind, 'run');
    assert.ok(health?.kind === 'health');
    const figures = await tree.getChildren(health);
    const shown = figures.map(treeItem).map(({ tooltip }) => tooltip);
    assert.ok(shown.includes('Tokens stored: 5') && shown.includes('Tokens lost: 0'));
    tree.collapsed(first);
    await command('stopCapture');
    const nodes: Node[] = await tree.getChildren();
    assert.ok(nodes.every((node) => node.kind === 'trace' && node.capture === null));
  });

  it('measures true gaps while the extension host is blocked', async () => {
    const url = await start();
    const agent = runAgent(url, { tokens: 60, gapsMs: [25], isPrecise: true });
    await agent.id;
    await whenStatus(({ tokens }) => tokens > 3);
    const end = performance.now() + 500;
    while (performance.now() < end);
    await agent.heard;
    await whenStatus(({ activeStreams }) => activeStreams === 0);
    const truth = await server.truth(await agent.id);
    const { tokens } = await onlyCall(await stopped());
    assert.equal(tokens.count, truth.tokens.length);
    const errors = truth.tokens
      .slice(1)
      .map(({ writtenUs }, index) => {
        const trueGapUs = writtenUs - (truth.tokens[index]?.writtenUs ?? NaN);
        const gapUs = (tokens.offsetUs[index + 1] ?? NaN) - (tokens.offsetUs[index] ?? NaN);
        return Math.abs(gapUs - trueGapUs) / 1_000;
      })
      .sort((one, other) => one - other);
    const worstMs = errors.at(-1) ?? NaN;
    // The machine may be busy with others; the host's own stall would be 500 ms.
    assert.ok(worstMs < 300, `a gap is wrong by ${worstMs.toFixed(1)} ms`);
  });

  it('asks what shall happen to open streams, and waits for them', async () => {
    const url = await start();
    const agent = runAgent(url, { tokens: 40, gapsMs: [25] });
    await whenStatus(({ activeStreams }) => activeStreams === 1);
    const asked = user.answerWarning('Finish Them First');
    const document = await stopped();
    assert.equal(asked[0], '1 stream is still open.');
    assert.match(await agent.heard, /\[DONE\]/);
    assert.equal((await onlyCall(document)).tokens.count, 40);
  });

  it('goes on when the user thinks better of stopping it', async () => {
    const url = await start();
    const agent = runAgent(url, { tokens: 40, gapsMs: [25] });
    await whenStatus(({ activeStreams }) => activeStreams === 1);
    const asked = user.answerWarning(undefined);
    await command('stopCapture');
    assert.equal(asked.length, 1);
    await agent.heard;
    const status = await whenStatus(({ activeStreams }) => activeStreams === 0);
    assert.equal(status.state, 'listening');
  });

  it('copies the environment of an agent', async () => {
    const url = await start();
    user.pick('.env');
    await command('copyCaptureEnvironment');
    const text = await vscode.env.clipboard.readText();
    assert.ok(text.includes(`OPENAI_BASE_URL="${url}"`), text);
    assert.match(text, /^LLM_STREAM_TOKEN="[\w-]{40,}"$/m);
  });

  it('opens terminals that are captured, also for a run of a name', async () => {
    user.answerInput(() => ' My run ');
    await command('openCapturedTerminalForRun');
    const { port } = await whenStatus();
    const terminal = vscode.window.terminals.find(({ name }) => name === 'Captured: My run');
    assert.ok(terminal);
    const { env } = terminal.creationOptions as vscode.TerminalOptions;
    assert.equal(env?.['OPENAI_BASE_URL'], `http://127.0.0.1:${port}/run/My%20run/openai`);
    terminal.dispose();
  });

  it('says when its process died, and keeps what it had recorded', async () => {
    const url = await start();
    const agent: Agent = runAgent(url, { tokens: 400, gapsMs: [20] });
    const { pid, db } = await whenStatus(({ tokens }) => tokens > 5);
    process.kill(pid, 'SIGKILL');
    await whenCapture(({ state }) => state === 'off');
    await agent.heard;
    while (!messages.some((message) => message.includes('ended unexpectedly'))) await turn();
    await start();
    while (!messages.some((message) => message.includes('Recovered'))) await turn();
    const { sessions } = await inspector();
    const { document } = await sessions.open(vscode.Uri.file(db));
    await whenState(document, settled);
    const call = await onlyCall(document);
    assert.equal(call.state, 'interrupted');
    assert.ok(call.tokens.count > 5);
  });

  it('listens where the one before it did, for the terminals that are open', async () => {
    const url = await start();
    await stopped();
    assert.equal(await start(), url);
  });

  it('says which port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await set('capture.port', port);
    await command('startCapture');
    const { captures } = await inspector();
    assert.equal(captures.state.state, 'off');
    assert.match(messages.join('\n'), new RegExp(`\\b${port}\\b.*\\.$`));
    await set('capture.port', undefined);
    other.close();
  });

  it('starts with the last valid settings, and names the one that is wrong', async () => {
    await set('capture.port', 'eighty');
    while (!messages.some((message) => message.includes('llmStream.capture.port'))) await turn();
    await start();
    await set('capture.port', undefined);
  });

  it('offers a restart when its settings change', async () => {
    await start();
    await set('redaction.keys', ['x-mine']);
    while (!messages.some((message) => message.includes('apply to the next capture'))) await turn();
    await set('redaction.keys', undefined);
  });
});

/** The call of a trace that holds just one, with its tokens. */
async function onlyCall(
  document: TraceDocument,
): Promise<{ state: string | undefined; tokens: TokenColumns }> {
  const [run] = document.summary?.runs ?? [];
  assert.ok(run, 'the trace has no run');
  const { steps } = await document.request('run', { run: run.key });
  const calls = steps.filter(({ call }) => call !== null);
  const [step] = calls;
  assert.ok(step && calls.length === 1, `the trace has ${calls.length} calls`);
  return { state: step.call?.state, tokens: await document.tokens(step.key) };
}

const textOf = ({ text }: TokenColumns): string => new TextDecoder().decode(text);

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
