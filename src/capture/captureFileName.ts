/** A name that sorts by time and is allowed on every file system: `capture-2026-11-20T14-05-03.llmtrace`. */
export function captureFileName(now = new Date()): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return `capture-${local.toISOString().slice(0, 19).replaceAll(':', '-')}.llmtrace`;
}

/** Also with a number behind it, where there were two in one second. */
export const isCaptureFileName = (name: string): boolean =>
  /^capture-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(-\d+)?\.llmtrace$/.test(name);
