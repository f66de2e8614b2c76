/**
 * What the extension's activation took, by the marks that VS Code sets: it activates the extension before a test
 * can. Code loading and `activate` together, in milliseconds.
 */
export function activationMs(id = 'llm-stream-inspector.llm-stream-inspector'): number {
  const at = (mark: string): number => {
    const name = `code/extHost/${mark}/${id}`;
    const entry = performance.getEntriesByName(name)[0];
    if (!entry) throw new Error(`VS Code has set no mark ${name}.`);
    return entry.startTime;
  };
  return (
    at('didLoadExtensionCode') -
    at('willLoadExtensionCode') +
    at('didActivateExtension') -
    at('willActivateExtension')
  );
}
