/** Cuts text into pieces that look like those of a real tokenizer: " the", "ing", "\n\n", "128", "```". */

/** Words with the space before them, numbers by up to three digits, punctuation, white space. */
const words =
  /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]{1,4}|\s*\n+|\s+(?!\S)|\s+/gu;

/** Long words are rarely one token; these endings are tokens of their own. */
const endings =
  /^( ?\p{L}{4,}?)(ations?|ments?|ingly|ings?|ables?|ness|izers?|ized|ically|edly|ally|ities|ity|ers?|ures?|ively|ive)$/u;

const longestPiece = 12;

export function tokenize(text: string): string[] {
  return (text.match(words) ?? []).flatMap(splitWord);
}

function splitWord(word: string): string[] {
  if (word.length <= longestPiece || !/\p{L}/u.test(word)) return [word];
  const ending = endings.exec(word);
  if (ending?.[1] !== undefined && ending[2] !== undefined) {
    return [...splitWord(ending[1]), ending[2]];
  }
  const characters = Array.from(word);
  const middle = Math.ceil(characters.length / 2);
  return [
    ...splitWord(characters.slice(0, middle).join('')),
    ...splitWord(characters.slice(middle).join('')),
  ];
}
