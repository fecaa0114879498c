/** Random histories of a simulator, step by step, for tests that check what must hold after each of them. */
import fc from 'fast-check';
import { HOUR_MS, MINUTE_MS } from '../../src/control-plane/core/duration.js';
import { TERMS } from '../../src/control-plane/core/terms.js';
import { INSTANCE_CLASSES } from '../../src/control-plane/core/instance-classes.js';

export type Step =
  | {
      readonly does: 'create';
      readonly account: number;
      readonly instanceClass: string;
      readonly terms: string;
    }
  /** Into the recycle bin. */
  | { readonly does: 'delete'; readonly instance: number }
  | { readonly does: 'destroy'; readonly instance: number }
  /** A database account is made where there is none of that name, and deleted where there is one. */
  | { readonly does: 'toggle-login'; readonly instance: number; readonly name: string }
  | { readonly does: 'set-auth-mode'; readonly instance: number; readonly passwordFree: boolean }
  | { readonly does: 'open-account'; readonly credit: string }
  | { readonly does: 'top-up'; readonly account: number; readonly amount: string }
  | { readonly does: 'set-balance'; readonly account: number; readonly balance: string }
  | { readonly does: 'advance'; readonly byMs: number }
  /** The engine fails at its next `times` calls of that verb. */
  | { readonly does: 'fail'; readonly verb: 'up' | 'down' | 'remove'; readonly times: number }
  | { readonly does: 'lose-backend'; readonly instance: number }
  | { readonly does: 'restart' }
  /** A kill -9 at the given call to the outside during the step, or after it where it makes fewer. */
  | { readonly does: 'crash'; readonly during: Step; readonly atCall: number }
  | { readonly does: 'reset' };

/** Accounts and instances are named by any number: it is taken modulo how many there are. */
const any = fc.nat(1_000_000);
const instanceClass = fc.constantFrom(...Object.keys(INSTANCE_CLASSES));
const cents = (max: number) =>
  fc
    .integer({ min: 0, max })
    .map((n) => `${String(Math.floor(n / 100))}.${String(n % 100).padStart(2, '0')}`);

/** Often to the hour, where several things are due at once; often anywhere. */
const byMs = fc.oneof(
  fc.integer({ min: 0, max: 30 }).map((hours) => hours * HOUR_MS),
  fc.integer({ min: 0, max: 2 * HOUR_MS }),
  fc.integer({ min: 0, max: 3 * 24 * 60 }).map((minutes) => minutes * MINUTE_MS),
);

const create = fc.record({
  does: fc.constant('create' as const),
  account: any,
  instanceClass,
  terms: fc.constantFrom(...Object.keys(TERMS)),
});
const remove = fc.record({ does: fc.constant('delete' as const), instance: any });
const destroy = fc.record({ does: fc.constant('destroy' as const), instance: any });
const toggleLogin = fc.record({
  does: fc.constant('toggle-login' as const),
  instance: any,
  name: fc.constantFrom('reader', 'writer'),
});
const advance = fc.record({ does: fc.constant('advance' as const), byMs });

export const stepOf: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: create },
  { weight: 2, arbitrary: remove },
  { weight: 2, arbitrary: destroy },
  { weight: 8, arbitrary: advance },
  { weight: 3, arbitrary: toggleLogin },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('set-auth-mode' as const),
      instance: any,
      passwordFree: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('top-up' as const),
      account: any,
      amount: cents(30_00),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('set-balance' as const),
      account: any,
      balance: cents(5_00),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('open-account' as const), credit: cents(50_00) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('fail' as const),
      verb: fc.constantFrom('up' as const, 'down' as const, 'remove' as const),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('lose-backend' as const), instance: any }),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'restart' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('crash' as const),
      during: fc.oneof(create, remove, destroy, advance, toggleLogin),
      atCall: fc.integer({ min: 0, max: 8 }),
    }),
  },
);

/** The same, and now and then everything is forgotten. */
export const stepOrResetOf: fc.Arbitrary<Step> = fc.oneof(
  { weight: 60, arbitrary: stepOf },
  { weight: 1, arbitrary: fc.constant({ does: 'reset' as const }) },
);
