/** What a scanner tells of an RDB. */

export interface RdbKey {
  readonly database: number;
  readonly type: number;
  /** The byte of the type and the key, as they stand in the file. */
  readonly head: Buffer;
  /** Milliseconds since 1970; null: it does not end. */
  readonly expiresAt: bigint | null;
  /** Seconds since it was last used, where the file says it. */
  readonly idle: number | null;
  /** How often it is used, as Redis counts (0 to 255), where the file says it. */
  readonly frequency: number | null;
  /** Where its value begins in the file. */
  readonly valueAt: number;
}

/** In the order of the file. The `bytes` of all of them, with the heads of the keys, are the file. */
export type RdbEvent =
  | {
      readonly kind: 'begin';
      readonly bytes: Buffer;
      readonly version: number;
      readonly isValkey: boolean;
    }
  /** Of no consequence. */
  | { readonly kind: 'rest'; readonly bytes: Buffer }
  | { readonly kind: 'aux'; readonly bytes: Buffer; readonly name: string; readonly value: string }
  | { readonly kind: 'library'; readonly bytes: Buffer; readonly code: Buffer }
  /** A module has data that belongs to no key: what follows. */
  | { readonly kind: 'module'; readonly bytes: Buffer; readonly name: string }
  /** Of the key that follows. */
  | { readonly kind: 'expiry'; readonly bytes: Buffer; readonly expiresAt: bigint }
  | { readonly kind: 'key'; readonly key: RdbKey }
  /** A part of the value of the key before, up to its end where it is the last one. */
  | { readonly kind: 'value'; readonly bytes: Buffer; readonly last: boolean }
  /** A part of a value, too, of eight bytes: when a field ends. */
  | { readonly kind: 'time'; readonly bytes: Buffer; readonly endsAt: bigint }
  /** It is whole; the bytes are its checksum, which is right, or not there. */
  | { readonly kind: 'end'; readonly bytes: Buffer };
