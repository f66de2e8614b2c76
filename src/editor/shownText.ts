/** Texts of traces and names of files, made harmless for the parts of VS Code that are not our page. */

const longest = 200;
/** Control and format characters (direction, no width) and lone surrogates; not the joiner inside an emoji. */
const unseen = /[\p{Cc}\p{Cs}]|(?!\u{200D})\p{Cf}/gu;

/** On one line, as long as a label can be, without characters that change how their neighbours are shown. */
export function labelText(text: string): string {
  const line = text.slice(0, longest).replace(/\s+/g, ' ').replace(unseen, '\uFFFD').trim();
  return text.length > longest ? `${line}…` : line;
}

/** The same for lists to pick from, where VS Code takes `$(name)` for an icon unless it is escaped. */
export const pickText = (text: string): string => labelText(text).replaceAll('$(', '\\$(');

/** For notifications, where VS Code takes `[text](command:…)` for a link that runs a command. */
export const messageText = (text: string): string => text.replaceAll('](', '] (');
