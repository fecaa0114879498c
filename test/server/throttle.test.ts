import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LoginGuard, TRIES_PER_SECOND } from '../../src/server/login-guard.js';
import { Throttle } from '../../src/server/throttle.js';

describe('a throttle', () => {
  test('lets the burst through, then says how long to wait', () => {
    const throttle = new Throttle(1000, 100, () => 5_000);
    expect(throttle.take(100)).toBe(0);
    expect(throttle.take(50)).toBe(50);
    expect(throttle.take(50)).toBe(100);
  });

  test('of no rate lets everything through', () => {
    expect(new Throttle(null, 0).take(1e12)).toBe(0);
  });

  test('never lets more through than its rate and its burst, however it is asked', () => {
    const step = fc.record({
      units: fc.integer({ min: 0, max: 5_000 }),
      pauseMs: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 0, max: 1_000 }),
        fc.array(step, { maxLength: 50 }),
        (rate, burstMs, steps) => {
          let now = 10_000;
          const throttle = new Throttle(rate, burstMs, () => now);
          let taken = 0;
          for (const { units, pauseMs } of steps) {
            now += pauseMs;
            const waitMs = throttle.take(units);
            taken += units;
            now += waitMs; // as told
            const allowed = ((now - 10_000 + burstMs) * rate) / 1000;
            expect(taken).toBeLessThanOrEqual(allowed + 1e-6 * taken + 1e-6);
          }
        },
      ),
    );
  });

  test('lets through all that its rate allows to one who always asks', () => {
    let now = 0;
    const throttle = new Throttle(1_000_000, 20, () => now);
    let taken = 0;
    while (now < 1_000) {
      now += throttle.take(65_536);
      taken += 65_536;
    }
    expect(taken / 1_000_000).toBeGreaterThan(0.95);
    expect(taken / 1_000_000).toBeLessThan(1.1);
  });
});

describe('the guard of logins', () => {
  test('makes wrong tries from one address wait, and no other address', () => {
    const guard = new LoginGuard(() => 1_000_000);
    for (let i = 0; i < TRIES_PER_SECOND; i += 1) expect(guard.take('10.0.0.1', 1).waitMs).toBe(0);
    expect(guard.take('10.0.0.1', 1).waitMs).toBeGreaterThan(0);
    expect(guard.take('10.0.0.2', 1).waitMs).toBe(0);
  });

  test('never makes right ones wait', () => {
    const guard = new LoginGuard(() => 1_000_000);
    for (let i = 0; i < 10 * TRIES_PER_SECOND; i += 1) {
      expect(guard.take('10.0.0.1', 1).waitMs).toBe(0);
      guard.giveBack('10.0.0.1', 1);
    }
  });

  test('does not forget one who is waited for, however many addresses there are', () => {
    const guard = new LoginGuard(() => 1_000_000);
    for (let i = 0; i < 2 * TRIES_PER_SECOND; i += 1) guard.take('10.0.0.1', 1);
    for (let i = 0; i < 5_000; i += 1) guard.take(`10.1.${String(i >> 8)}.${String(i & 255)}`, 1);
    expect(guard.take('10.0.0.1', 1).waitMs).toBeGreaterThan(0);
  });

  test('keeps no list that is longer than a few seconds', () => {
    const guard = new LoginGuard(() => 1_000_000);
    const asked = Array.from({ length: 10_000 }, () => guard.take('10.0.0.1', 1));
    const turns = asked.filter(({ isTurn }) => isTurn);
    expect(turns.length).toBe(TRIES_PER_SECOND + 5 * TRIES_PER_SECOND);
    expect(Math.max(...asked.map(({ waitMs }) => waitMs))).toBe(5_000);
  });
});
