import * as vscode from 'vscode';

/** A virtual file system with one folder, as extensions provide them. */
export class MemoryFiles implements vscode.FileSystemProvider {
  private readonly changeEmitter = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changeEmitter.event;
  private readonly files = new Map<string, { bytes: Uint8Array; mtime: number }>();
  /** Reading waits for it. */
  gate: Promise<void> = Promise.resolve();
  /** What `stat` says instead of the true size. */
  claimedSize: number | null = null;
  reads = 0;

  put(path: string, bytes: Uint8Array): void {
    const type = this.files.has(path)
      ? vscode.FileChangeType.Changed
      : vscode.FileChangeType.Created;
    this.files.set(path, { bytes, mtime: Date.now() });
    this.changeEmitter.fire([{ type, uri: vscode.Uri.from({ scheme: 'memory', path }) }]);
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    if (uri.path === '/') return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    const { bytes, mtime } = this.file(uri);
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime,
      size: this.claimedSize ?? bytes.length,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    this.reads++;
    await this.gate;
    return this.file(uri).bytes;
  }

  readDirectory = (): [string, vscode.FileType][] => [];
  watch = (): vscode.Disposable => new vscode.Disposable(() => undefined);
  createDirectory = (): never => this.readOnly();
  writeFile = (): never => this.readOnly();
  delete = (): never => this.readOnly();
  rename = (): never => this.readOnly();

  private readOnly(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  private file(uri: vscode.Uri): { bytes: Uint8Array; mtime: number } {
    const file = this.files.get(uri.path);
    if (!file) throw vscode.FileSystemError.FileNotFound(uri);
    return file;
  }
}
