/** The sentences that were said while the tests of a suite ran. */
export function watchWarnings(): string[] {
  const sentences: string[] = [];
  const listen = ({ name, message }: Error): void => {
    if (name === 'LlmStreamWarning') sentences.push(message);
  };
  before(() => process.on('warning', listen));
  beforeEach(() => sentences.splice(0));
  after(() => process.off('warning', listen));
  return sentences;
}
