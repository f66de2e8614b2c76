/** At most `length` characters of the text, without tearing a surrogate pair apart. */
export function beginningOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  const tearsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, tearsPair ? length - 1 : length);
}
