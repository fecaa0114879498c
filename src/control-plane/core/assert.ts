/** For our own mistakes: says why the thing cannot be, and stops the step rather than go on with it. */
export function assertThat(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Error(`this cannot be: ${why}`);
}
