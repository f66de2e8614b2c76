/** What VS Code asks of a disposable, without the brand of its class. */
export interface Disposable {
  dispose(): unknown;
}
