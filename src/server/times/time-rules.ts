/** Which commands have to do with the time of the clock, and what is done about them where time is virtual. */
import type { ArgumentEdit } from '../resp/argument-edit.js';
import {
  optionsAtTheEnd,
  optionsBehindPairs,
  optionsBesideFields,
  timeBeforeValue,
  timeBehindIds,
  timeBehindKey,
  timeOfFields,
  type Now,
} from './absolute-times.js';
import * as told from './told-times.js';
import { MILLISECOND, SECOND } from './virtual-time.js';

export interface TimeRule {
  /** With fewer arguments there is no time in it, or Redis refuses it; with more than `most` too. */
  readonly least: number;
  readonly most?: number;
  /** The name that Redis sees, where it is another one: it may quote it. */
  readonly sentAs?: string;
  /** What goes to Redis in its place; null: itself. */
  readonly apply: (now: Now, argumentCount: number) => ArgumentEdit | Buffer | null;
}

/** Tells a reply: has a script sent. */
const script = (least: number, most: number, apply: TimeRule['apply']): TimeRule => ({
  ...{ least, most, sentAs: 'eval_ro', apply },
});

export const TIME_RULES: Readonly<Record<string, TimeRule>> = {
  set: { least: 5, apply: (now) => optionsAtTheEnd(now, 3) },
  getex: { least: 4, apply: (now) => optionsAtTheEnd(now, 2) },
  msetex: { least: 6, apply: (now) => optionsBehindPairs(now) },
  expireat: {
    ...{ least: 3, sentAs: 'pexpireat' },
    apply: (now) => timeBehindKey(now, SECOND, 'PEXPIREAT'),
  },
  pexpireat: {
    ...{ least: 3, sentAs: 'pexpireat' },
    apply: (now) => timeBehindKey(now, MILLISECOND, 'PEXPIREAT'),
  },
  hexpireat: {
    ...{ least: 6, sentAs: 'hpexpireat' },
    apply: (now) => timeOfFields(now, SECOND, 'HPEXPIREAT'),
  },
  hpexpireat: {
    ...{ least: 6, sentAs: 'hpexpireat' },
    apply: (now) => timeOfFields(now, MILLISECOND, 'HPEXPIREAT'),
  },
  hsetex: { least: 6, apply: (now) => optionsBesideFields(now, 2) },
  hgetex: { least: 5, apply: (now) => optionsBesideFields(now, 1) },
  restore: { least: 5, apply: (now) => timeBeforeValue(now) },
  'restore-asking': { least: 5, apply: (now) => timeBeforeValue(now) },
  xclaim: { least: 7, apply: (now) => timeBehindIds(now) },
  expiretime: script(2, 2, told.keyTimeSeconds),
  pexpiretime: script(2, 2, told.keyTimeMs),
  hexpiretime: script(5, Infinity, told.fieldTimesSeconds),
  hpexpiretime: script(5, Infinity, told.fieldTimesMs),
  time: script(1, 1, told.timeOfClock),
  // A script of the client's own: only so that it is not taken for one of those.
  eval_ro: script(3, Infinity, () => null),
};
