import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CaptureState } from '../../src/editor/captureController.js';
import { type ToldCapture, showCaptureMessages } from '../../src/editor/captureMessages.js';
import { CaptureSettings } from '../../src/editor/captureSettings.js';
import { CheckedSettings } from '../../src/editor/checkedSettings.js';
import { PatternVerdicts } from '../../src/editor/patternVerdicts.js';
import type { Disposable } from '../../src/editor/disposable.js';
import type { CaptureStatus } from '../../src/protocol/captureStatus.js';
import { CaptureStatusBar } from '../../src/views/captureStatusBar.js';
import { User } from './support/inspector.js';

const healthy: CaptureStatus = {
  ...{ state: 'listening', url: 'http://127.0.0.1:4321', port: 4321, pid: 1, db: '/a.llmtrace' },
  ...{ startedAtMs: 0, activeStreams: 0, calls: 0, tokens: 0, tokensPerSecond: 0 },
  ...{ problems: [], notices: [] },
};
const full: CaptureStatus = {
  ...healthy,
  problems: [{ code: 'disk-full', message: 'The disk is full. Free some room.' }],
};

describe('what is told of a capture', () => {
  const user = new User();
  let messages: string[];
  let disposables: Disposable[];
  beforeEach(() => {
    messages = user.readMessages();
    disposables = [];
  });
  afterEach(() => {
    user.leave();
    for (const disposable of disposables) disposable.dispose();
  });

  /** A capture without a process; `become` gives it another state. */
  function fakeCapture(wasFound = false) {
    const changes = new vscode.EventEmitter<CaptureState>();
    const ends = new vscode.EventEmitter<{ db: string; wasStopped: boolean }>();
    let state: CaptureState = { state: 'off' };
    const captures: ToldCapture = {
      get state() {
        return state;
      },
      ...{ options: null, wasFound, onDidChange: changes.event, onDidEnd: ends.event },
    };
    disposables.push(
      changes,
      ends,
      showCaptureMessages(
        captures,
        new CaptureSettings(
          new CheckedSettings(() => undefined),
          new PatternVerdicts(() => Promise.resolve([])),
        ),
      ),
    );
    const become = (status: CaptureStatus): void => {
      state = { state: 'on', status };
      changes.fire(state);
    };
    return { captures, become, ends };
  }

  it('is a problem once, however often it comes and goes', () => {
    const { become } = fakeCapture();
    for (const status of [healthy, full, full, healthy, full]) become(status);
    assert.deepEqual(messages, ['The disk is full. Free some room.']);
    become({ ...full, pid: 2 });
    assert.equal(messages.length, 2, 'another capture has problems of its own');
  });

  it('is what was recovered, to the window that started it', () => {
    const recovered = { ...healthy, notices: ['Recovered 7 tokens of 1 call.'] };
    fakeCapture(true).become(recovered);
    assert.deepEqual(messages, []);
    const { become } = fakeCapture();
    become(recovered);
    become({ ...recovered, tokens: 8 });
    assert.deepEqual(messages, ['Recovered 7 tokens of 1 call.']);
  });

  it('is an end that nobody asked for', () => {
    const { ends } = fakeCapture();
    ends.fire({ db: '/a.llmtrace', wasStopped: true });
    assert.deepEqual(messages, []);
    ends.fire({ db: '/a.llmtrace', wasStopped: false });
    assert.match(messages.join('\n'), /^The capture ended unexpectedly\./);
  });

  it('stands in the status bar as a warning, with the sentence on hover', async () => {
    const { captures, become } = fakeCapture();
    const bar = new CaptureStatusBar(captures);
    disposables.push(bar);
    const { item } = bar;
    assert.equal(item.text, '$(record) Capture');
    become(healthy);
    assert.equal(item.text, '$(record) Capturing :4321');
    assert.equal(item.backgroundColor, undefined);
    become(full);
    while (item.backgroundColor === undefined) await new Promise((next) => setTimeout(next, 20));
    assert.equal(item.text, '$(warning) Capture :4321: disk full');
    assert.ok(item.tooltip instanceof vscode.MarkdownString);
    assert.match(item.tooltip.value, /The disk is full\.|The&nbsp;disk&nbsp;is&nbsp;full/);
  });
});
