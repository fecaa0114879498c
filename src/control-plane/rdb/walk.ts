/** Goes through what has a shape, and hands on what it went through whenever it needs more bytes. */
import type { Cursor } from './cursor.js';
import { countOf, numberAt } from './encoding.js';
import type { RdbEvent } from './events.js';
import { RdbError } from './rdb-error.js';
import { MODULE_PARTS, type Shape, type Step } from './shapes.js';

const TIME_BYTES = 8;
/** As a score: not a number, and the two infinities (rdb.c, rdbLoadDoubleValue). */
const FIRST_WITHOUT_TEXT = 253;

type Kind = 'rest' | 'value';

/** A shape that is gone through: at which step, and how often still. */
interface Frame {
  readonly shape: Shape;
  at: number;
  left: number;
}

export function* walk(cursor: Cursor, whole: Shape, kind: Kind): Generator<RdbEvent | null, void> {
  const frames: Frame[] = [{ shape: whole, at: 0, left: 1 }];
  for (let frame = frames[0]; frame; frame = frames[frames.length - 1]) {
    const step = frame.shape[frame.at];
    if (step === undefined) {
      frame.at = 0;
      frame.left -= 1;
      if (frame.left === 0) frames.pop();
    } else if (step === 'time') {
      yield* time(cursor);
      frame.at += 1;
    } else {
      const width = widthOfStep(cursor, step);
      if (width < 0) yield* handOn(cursor, kind);
      else if (step === 'module' || typeof step === 'object') {
        const number = numberAt(cursor.bytes, cursor.at);
        cursor.at += width;
        descend(frames, frame, step, number);
      } else {
        frame.at += 1;
        yield* skip(cursor, width, kind);
      }
    }
  }
}

/** How many bytes that takes, or the number that says what follows; -1: not known yet. */
function widthOfStep(cursor: Cursor, step: Exclude<Step, 'time'>): number {
  if (typeof step === 'number') return step;
  if (step === 'string') return cursor.widthOfString();
  if (step !== 'score') return cursor.widthOfNumber();
  if (!cursor.has(1)) return -1;
  const first = cursor.bytes[cursor.at] ?? 0;
  return first >= FIRST_WITHOUT_TEXT ? 1 : 1 + first;
}

function descend(
  frames: Frame[],
  frame: Frame,
  step: Extract<Step, object> | 'module',
  number: number | bigint,
): void {
  if (step !== 'module') {
    frame.at += 1;
    const left = countOf(number);
    if (left > 0) frames.push({ shape: step.each, at: 0, left });
    return;
  }
  if (number === 0) {
    frame.at += 1;
    return;
  }
  const shape = MODULE_PARTS[Number(number)];
  if (!shape) throw new RdbError(`a module wrote a part of kind ${String(number)}`);
  frames.push({ shape, at: 0, left: 1 });
}

function* time(cursor: Cursor): Generator<RdbEvent | null, void> {
  if (cursor.isHolding) yield { kind: 'value', bytes: cursor.taken(), last: false };
  while (!cursor.has(TIME_BYTES)) yield null;
  const endsAt = cursor.bytes.readBigInt64LE(cursor.at);
  cursor.at += TIME_BYTES;
  yield { kind: 'time', bytes: cursor.taken(), endsAt };
}

function* skip(cursor: Cursor, bytes: number, kind: Kind): Generator<RdbEvent | null, void> {
  for (let left = bytes; ;) {
    const step = Math.min(left, cursor.bytes.length - cursor.at);
    cursor.at += step;
    left -= step;
    if (left === 0) return;
    yield* handOn(cursor, kind);
  }
}

function* handOn(cursor: Cursor, kind: Kind): Generator<RdbEvent | null, void> {
  if (cursor.isHolding) {
    const bytes = cursor.taken();
    yield kind === 'rest' ? { kind, bytes } : { kind, bytes, last: false };
  }
  yield null;
}
