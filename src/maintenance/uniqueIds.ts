/** Ids of one kind as a trace wants them: no two are the same. */
export class UniqueIds {
  private readonly taken = new Set<string>();

  /** The id itself, or the first one like it that is free. */
  of(id: string): string {
    let unique = id;
    for (let number = 2; this.taken.has(unique); number++) unique = `${id} (${number})`;
    this.taken.add(unique);
    return unique;
  }
}
