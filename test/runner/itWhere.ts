/**
 * `it` for a test of what not every machine has. Elsewhere the test is not defined, and the reason is printed: mocha
 * is told to forbid tests that are skipped, so that none is by mistake.
 */
export function itWhere(
  isHere: boolean,
  reason: string,
): (title: string, test: Mocha.AsyncFunc | Mocha.Func) => void {
  return (title, test) => {
    if (isHere) it(title, test);
    else process.stdout.write(`Not run here: ${title}. ${reason}\n`);
  };
}

export const itOnLinux = itWhere(
  process.platform === 'linux',
  'It needs /proc and signals of Linux.',
);

export const itBesidesWindows = itWhere(
  process.platform !== 'win32',
  'Windows has no such signals, and other permissions of files.',
);
