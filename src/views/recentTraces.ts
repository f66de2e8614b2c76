/** The traces that were opened last, newest first, in the state that VS Code keeps for all workspaces. */
import * as vscode from 'vscode';

const stateKey = 'llmStream.recentTraces';
const most = 20;

export class RecentTraces implements vscode.Disposable {
  private readonly changeEmitter = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changeEmitter.event;

  constructor(private readonly state: vscode.Memento) {}

  get uris(): readonly vscode.Uri[] {
    return this.names.map((name) => vscode.Uri.parse(name));
  }

  add(uri: vscode.Uri): void {
    // Versions of a file that source control shows beside it (`git:` with a query) are no traces to return to.
    if (uri.query !== '') return;
    const name = uri.toString();
    this.update([name, ...this.names.filter((other) => other !== name)].slice(0, most));
  }

  remove(uri: vscode.Uri): void {
    this.update(this.names.filter((name) => name !== uri.toString()));
  }

  dispose(): void {
    this.changeEmitter.dispose();
  }

  private get names(): string[] {
    const names = this.state.get<unknown>(stateKey);
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  }

  private update(names: readonly string[]): void {
    void this.state.update(stateKey, names).then(() => this.changeEmitter.fire());
  }
}
