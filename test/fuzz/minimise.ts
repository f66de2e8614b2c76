/** The shortest input found that fails in the same way. */

const longestMs = 20_000;

/** `fails` tells whether an input fails as the first one did. */
export async function minimise(
  input: Uint8Array,
  fails: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  const endMs = performance.now() + longestMs;
  let shortest = Buffer.from(input);
  for (let length = Math.ceil(input.length / 2); length >= 1; length = Math.floor(length / 2)) {
    for (let start = 0; start < shortest.length && performance.now() < endMs;) {
      const shorter = Buffer.concat([
        shortest.subarray(0, start),
        shortest.subarray(start + length),
      ]);
      if (shorter.length > 0 && (await fails(shorter))) shortest = shorter;
      else start += length;
    }
  }
  return shortest;
}
