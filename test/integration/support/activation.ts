/**
 * What the extension's activation took, by the marks that VS Code sets: it activates the extension before a test
 * can. Code loading and `activate` together, in milliseconds.
 */
export function activationMs(id = 'llm-stream-inspector.llm-stream-inspector'): number {
  const marks = (globalThis as { MonacoPerformanceMarks?: Marks }).MonacoPerformanceMarks;
  const at = (mark: string): number => {
    const wanted = `code/extHost/${mark}/${id}`;
    const found = marks?.getMarks().find(({ name }) => name === wanted);
    if (!found) throw new Error(`VS Code has set no mark ${wanted}.`);
    return found.startTime;
  };
  return (
    at('didLoadExtensionCode') -
    at('willLoadExtensionCode') +
    at('didActivateExtension') -
    at('willActivateExtension')
  );
}

interface Marks {
  getMarks(): readonly { readonly name: string; readonly startTime: number }[];
}
