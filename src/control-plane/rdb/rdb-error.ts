/** Bytes that are no RDB, or none that could be given back. The message tells where. */
export class RdbError extends Error {
  override readonly name = 'RdbError';
}
