import * as vscode from 'vscode';
import { aggregateResult } from '../editor/maintenanceAnswers.js';
import { withProgress } from '../editor/maintenanceProgress.js';
import { aggregateSentence, nameOf } from '../editor/maintenanceSentences.js';
import { messageText } from '../editor/shownText.js';
import { chosenTrace, isConfirmed } from './chosenTrace.js';
import type { MaintenanceServices } from './maintenanceServices.js';

/** "Aggregate Trace…": of calls that are old enough, figures and the first and last tokens stay. */
export function aggregateTrace({
  maintenance,
  documents,
  sessions,
}: MaintenanceServices): (clicked?: unknown) => Promise<void> {
  return async (clicked) => {
    const uri = await chosenTrace(clicked, sessions);
    if (!uri) return;
    const days = await askForAge();
    if (days === null) return;
    const name = nameOf(uri.fsPath);
    const which = days === 0 ? 'all calls' : `calls older than ${daysText(days)}`;
    const isAsked = await isConfirmed(`Aggregate ${which} of ${name}?`, whatStays, 'Aggregate');
    if (!isAsked) return;
    const { files, cancelled } = await withProgress(maintenance, `Aggregating ${name}`, {
      words: ['aggregate', uri.fsPath, '--older-than', String(days)],
      read: aggregateResult,
    });
    // The page is not left to find out by itself.
    if (files.some(({ calls }) => calls > 0)) await documents.find(uri)?.open();
    for (const file of files) {
      void vscode.window.showInformationMessage(messageText(aggregateSentence(file, cancelled)));
    }
  };
}

const whatStays =
  'Of each call of more than 20 tokens, the first 10 and last 10 stay, with its request, the text of its response and its figures: count, rates, latencies, stalls. The other tokens, with their times and what the model reasoned in them, are gone for ever, and the file shrinks.';

interface AgeItem extends vscode.QuickPickItem {
  /** Null: to be asked for. */
  readonly days: number | null;
}

const ages: readonly AgeItem[] = [
  { label: 'All calls', description: 'but those that are still streaming', days: 0 },
  { label: 'Calls older than 7 days', days: 7 },
  { label: 'Calls older than 30 days', days: 30 },
  { label: 'Calls older than…', days: null },
];

/** In days; null when the user thought better of it. */
async function askForAge(): Promise<number | null> {
  const title = 'Aggregate Trace';
  const picked = await vscode.window.showQuickPick(ages, { title, placeHolder: 'Which calls?' });
  if (!picked) return null;
  if (picked.days !== null) return picked.days;
  const input = await vscode.window.showInputBox({
    title,
    prompt: 'Calls that are older than this many days.',
    validateInput: (value) =>
      value === '' || isDays(value) ? null : `Enter a whole number from 0 to ${mostDays}.`,
  });
  return input !== undefined && isDays(input) ? Number(input) : null;
}

const mostDays = 36_500;
const isDays = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= mostDays;
const daysText = (days: number): string => (days === 1 ? '1 day' : `${days} days`);
