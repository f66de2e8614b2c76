/** Keys of encrypted traces: kept in VS Code's secret storage, never in settings or logs. */
import type * as vscode from 'vscode';

const prefix = 'llmStream.key:';

export class Keys {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  async of(trace: vscode.Uri): Promise<string | null> {
    return (await this.secrets.get(prefix + trace.toString())) ?? null;
  }

  async keep(trace: vscode.Uri, key: string): Promise<void> {
    await this.secrets.store(prefix + trace.toString(), key);
  }

  /** Returns how many keys were kept. */
  async forgetAll(): Promise<number> {
    const names = (await this.secrets.keys()).filter((name) => name.startsWith(prefix));
    for (const name of names) await this.secrets.delete(name);
    return names.length;
  }
}

/** What is wrong with the form of a key, as a sentence; null when its form is right. */
export function problemOfKey(key: string): string | null {
  if (/^[A-Za-z0-9_-]{43}=?$/.test(key)) return null;
  return 'A key is 44 characters of A–Z, a–z, 0–9, "-" and "_", and ends with "=".';
}
