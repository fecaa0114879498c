/** RESTORE commands for many keys, made once and sent again and again: only the times in them change. */

/** As Redis reads them, one after the other. */
export interface Restores {
  readonly commands: Buffer;
  readonly count: number;
  /** Where in them the expiries stand, of EXPIRY_DIGITS digits each; none where the keys have none. */
  readonly expiriesAt: readonly number[];
}

/** What every time in ms since 1970 has from 2001 to 2286. A time before is over; one after is the end of 2286. */
const EXPIRY_DIGITS = 13;
const EXPIRY_MIN = 10 ** (EXPIRY_DIGITS - 1);
const EXPIRY_MAX = 10 ** EXPIRY_DIGITS - 1;

const HEAD = { lasting: '*5\r\n$7\r\nRESTORE\r\n$', timed: '*6\r\n$7\r\nRESTORE\r\n$' };
const NO_EXPIRY = '\r\n$1\r\n0\r\n$';
const BEFORE_EXPIRY = `\r\n$${String(EXPIRY_DIGITS)}\r\n`;
const TAIL = {
  lasting: '\r\n$7\r\nREPLACE\r\n',
  timed: '\r\n$7\r\nREPLACE\r\n$6\r\nABSTTL\r\n',
};
/** More than all that is not key or payload (bytes). */
const FRAME_BYTES = 128;

/** Of `key, payload`, or `key, payload, expiry`, one after the other. */
export function restoresOf(flat: readonly (Buffer | number)[], isTimed: boolean): Restores {
  const fields = isTimed ? 3 : 2;
  const kind = isTimed ? 'timed' : 'lasting';
  const count = flat.length / fields;
  const bytes = Buffer.allocUnsafe(
    flat.reduce<number>(
      (sum, part) => sum + (typeof part === 'number' ? 0 : part.length),
      count * FRAME_BYTES,
    ),
  );
  const expiriesAt: number[] = [];
  let end = 0;
  const text = (words: string) => (end += bytes.write(words, end, 'latin1'));
  for (let at = 0; at < flat.length; at += fields) {
    const [key, payload, expiry] = [flat[at], flat[at + 1], flat[at + 2]];
    if (!Buffer.isBuffer(key) || !Buffer.isBuffer(payload)) break;
    text(`${HEAD[kind]}${String(key.length)}\r\n`);
    end += key.copy(bytes, end);
    if (isTimed) {
      text(BEFORE_EXPIRY);
      expiriesAt.push(end);
      text(`${written(Number(expiry))}\r\n$`);
    } else text(NO_EXPIRY);
    text(`${String(payload.length)}\r\n`);
    end += payload.copy(bytes, end);
    text(TAIL[kind]);
  }
  // A copy of its own length: what was allocated is more, and is let go.
  return { commands: Buffer.from(bytes.subarray(0, end)), count, expiriesAt };
}

/** The same with every expiry so much later (ms). */
export function movedBy({ commands, expiriesAt }: Restores, ms: number): Buffer {
  if (expiriesAt.length === 0) return commands;
  const moved = Buffer.from(commands);
  for (const at of expiriesAt) {
    const expiry = Number(commands.toString('latin1', at, at + EXPIRY_DIGITS));
    moved.write(written(expiry + ms), at, 'latin1');
  }
  return moved;
}

/** One command, as Redis reads it. */
export function command(...args: readonly (string | Buffer)[]): Buffer {
  const parts = args.flatMap((arg) => {
    const bytes = typeof arg === 'string' ? Buffer.from(arg) : arg;
    return [Buffer.from(`$${String(bytes.length)}\r\n`), bytes, Buffer.from('\r\n')];
  });
  return Buffer.concat([Buffer.from(`*${String(args.length)}\r\n`), ...parts]);
}

function written(expiry: number): string {
  return String(Math.min(Math.max(expiry, EXPIRY_MIN), EXPIRY_MAX));
}
