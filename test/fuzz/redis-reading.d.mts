export function readAsRedis(bytes: Buffer): {
  /** Arguments, a character for each byte. */
  readonly commands: readonly (readonly string[])[];
  readonly end: string;
  /** It ends at a value that is longer than Redis takes. */
  readonly oversized: boolean;
};
export const BULK_BYTES_MAX: number;
