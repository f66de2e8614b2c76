/** A set of which the oldest is taken quickly, however many were deleted before. */
export class AgedSet<T> {
  private readonly values = new Set<T>();
  private oldest = this.values.values();

  add(value: T): void {
    this.values.add(value);
  }

  delete(value: T): void {
    this.values.delete(value);
  }

  takeOldest(): T | null {
    if (this.values.size === 0) return null;
    // A new iterator would step over all that was deleted; this one goes on, also to what is added.
    let next = this.oldest.next();
    if (next.done) next = (this.oldest = this.values.values()).next();
    if (next.done) return null;
    this.values.delete(next.value);
    return next.value;
  }
}
