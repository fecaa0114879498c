/**
 * What the values of an RDB are made of, as far as their ends have to be found: one row for each type (rdb.h of Redis
 * 2.6 to 8.0, RDB 12, and of Valkey 7.2 to 9.0; rdb.c, rdbLoadObject).
 */

export type Step =
  /** A length, then so many bytes; or one of the encodings of a string. */
  | 'string'
  /** A number in the encoding of lengths. */
  | 'number'
  /** A score as text: a byte of length, of which the last three values stand for NaN and the infinities. */
  | 'score'
  /** Eight bytes: when a field of a hash ends (ms since 1970), -1: it does not. */
  | 'time'
  /** What a module wrote, each part with an opcode ahead, up to the one that ends it. */
  | 'module'
  /** So many bytes. */
  | number
  /** A number in the encoding of lengths, then so many times these. */
  | { readonly each: Shape };

export type Shape = readonly Step[];

const STRINGS: Shape = [{ each: ['string'] }];
const PAIRS: Shape = [{ each: ['string', 'string'] }];
const PACKED: Shape = ['string'];

/** The id of an entry: two numbers of 64 bits. */
const ENTRY_ID = 16;
const DELIVERED_AT = 8;

/** The three ways in which streams were saved; each has something more (rdb.c, rdbSaveObject). */
function stream({ hasCounts, hasActivity }: { hasCounts: boolean; hasActivity: boolean }): Shape {
  const ids: Shape = ['number', 'number'];
  const pending: Shape = [ENTRY_ID, DELIVERED_AT, 'number'];
  const seen: Shape = hasActivity ? [8, 8] : [8];
  const consumer: Shape = ['string', ...seen, { each: [ENTRY_ID] }];
  const counts = (shape: Shape): Shape => (hasCounts ? shape : []);
  const group: Shape = [
    'string',
    ...ids,
    ...counts(['number']),
    { each: pending },
    { each: consumer },
  ];
  // How many entries, the last id; the first one, the greatest one deleted, how many were ever added.
  return [...PAIRS, 'number', ...ids, ...counts([...ids, ...ids, 'number']), { each: group }];
}

/** Fields that end: the earliest end, then for each field its own relative to that, in the encoding of lengths. */
export const HASH_METADATA = 24;
/** The earliest end, then a listpack of field, value and end, three by three. */
export const HASH_LISTPACK_EX = 25;
export const MODULE = 7;
export const STRING = 0;

const COMMON: Readonly<Record<number, Shape>> = {
  [STRING]: ['string'],
  1: STRINGS, // list
  2: STRINGS, // set
  3: [{ each: ['string', 'score'] }], // zset
  4: PAIRS, // hash
  5: [{ each: ['string', 8] }], // zset, scores in binary
  [MODULE]: ['number', 'module'],
  9: PACKED, // hash as a zipmap
  10: PACKED, // list as a ziplist
  11: PACKED, // set of numbers
  12: PACKED, // zset as a ziplist
  13: PACKED, // hash as a ziplist
  14: STRINGS, // list of ziplists
  15: stream({ hasCounts: false, hasActivity: false }),
  16: PACKED, // hash as a listpack
  17: PACKED, // zset as a listpack
  18: [{ each: ['number', 'string'] }], // list of listpacks and of single values
  19: stream({ hasCounts: true, hasActivity: false }),
  20: PACKED, // set as a listpack
  21: stream({ hasCounts: true, hasActivity: true }),
};

const OF_REDIS: Readonly<Record<number, Shape>> = {
  ...COMMON,
  [HASH_METADATA]: ['time', { each: ['number', 'string', 'string'] }],
  [HASH_LISTPACK_EX]: ['time', 'string'],
};

const OF_VALKEY: Readonly<Record<number, Shape>> = {
  ...COMMON,
  22: [{ each: ['string', 'string', 'time'] }], // hash with fields that end
};

/** undefined: not known. Since they parted, Redis and Valkey use the same numbers for different things. */
export function shapeOf(type: number, isValkey: boolean): Shape | undefined {
  return (isValkey ? OF_VALKEY : OF_REDIS)[type];
}

/** What a module may write, by the opcode ahead; 0 ends it. */
export const MODULE_PARTS: Readonly<Record<number, Shape>> = {
  1: ['number'], // with a sign
  2: ['number'],
  3: [4], // a float
  4: [8], // a double
  5: ['string'],
};

export const OPCODE = {
  slotImport: 243,
  slotInfo: 244,
  library: 245,
  moduleAux: 247,
  idle: 248,
  frequency: 249,
  aux: 250,
  resize: 251,
  expiryMs: 252,
  expirySeconds: 253,
  database: 254,
  end: 255,
} as const;

/** What follows an opcode that is of no consequence to us. Of a cluster's slots: hints only. */
export function shapeAfter(opcode: number, isValkey: boolean): Shape | undefined {
  if (opcode === OPCODE.resize) return ['number', 'number'];
  if (opcode === OPCODE.slotInfo) return ['number', 'number', 'number'];
  // Redis uses the same one for what modules keep with a key.
  if (opcode === OPCODE.slotImport && isValkey) return ['string', { each: ['number', 'number'] }];
  return undefined;
}
