/** Terms: those that are shipped, a user's own, those of an order, and those that are announced. */
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextBillAt } from '../../src/control-plane/core/billing.js';
import { addTerms, termsIdOf, withConditions } from '../../src/control-plane/core/own-terms.js';
import { learnTerms, termsOf } from '../../src/control-plane/core/state-facts.js';
import { announceTerms } from '../../src/control-plane/core/terms-announcement.js';
import { TERMS, type Terms } from '../../src/control-plane/core/terms.js';
import { parseInstant } from '../../src/control-plane/core/duration.js';
import { areMistakes } from '../../src/control-plane/schema-mistakes.js';
import { readTerms, termsFileSchema } from '../../src/control-plane/terms-file.js';
import { FakeWorld, START } from '../support/fake-world.js';
import { renew, subscribe } from '../support/subscription.js';

describe('pay-as-you-go that nobody pays for', () => {
  test('under tos: a day as normal, seven days read-only and charged, then deleted', async () => {
    expect(await lifeUnder('tos')).toMatchInlineSnapshot(`
      "
      01-01 00:00                7.1      r-1 creating -> active (created)
      01-01 01:00 .. 01-01 02:00 2.2.2    2 charges, 0.42 CNY in all, balance -0.21
      01-01 02:00                7.2.3.1  account default owes 0.21 CNY
      01-01 02:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 03:00 .. 01-02 02:00 2.2.2    24 charges, 5.04 CNY in all, balance -5.25
      01-02 02:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-02 03:00 .. 01-09 02:00 2.2.2    168 charges, 35.28 CNY in all, balance -40.53
      01-09 02:00                7.2.3.2  r-1 frozen -> deleted (retention-ended)
      "
    `);
  });

  test('under cn-site: a day as normal, six days disabled and not charged, eight in the bin', async () => {
    expect(await lifeUnder('cn-site')).toMatchInlineSnapshot(`
      "
      01-01 00:00                7.1      r-1 creating -> active (created)
      01-01 01:00 .. 01-01 02:00 2.2.2    2 charges, 0.42 CNY in all, balance -0.21
      01-01 02:00                7.2.3.1  account default owes 0.21 CNY
      01-01 02:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 03:00 .. 01-02 02:00 2.2.2    24 charges, 5.04 CNY in all, balance -5.25
      01-02 02:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-08 02:00                7.2.3.2  r-1 frozen -> released (retention-ended)
      01-16 02:00                4.3      r-1 released -> deleted (bin-ended)
      "
    `);
  });

  test('under intl-site: fifteen days as normal, fifteen disabled, seven in the bin', async () => {
    expect(await lifeUnder('intl-site')).toMatchInlineSnapshot(`
      "
      01-01 00:00                7.1      r-1 creating -> active (created)
      01-01 01:00 .. 01-01 02:00 2.2.2    2 charges, 0.42 CNY in all, balance -0.21
      01-01 02:00                7.2.3.1  account default owes 0.21 CNY
      01-01 02:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 03:00 .. 01-16 02:00 2.2.2    360 charges, 75.60 CNY in all, balance -75.81
      01-16 02:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-31 02:00                7.2.3.2  r-1 frozen -> released (retention-ended)
      02-07 02:00                4.3      r-1 released -> deleted (bin-ended)
      "
    `);
  });
});

describe('a subscription that nobody renews', () => {
  test('under tos: frozen at once, seven natural days read-only, then deleted', async () => {
    expect(await subscriptionUnder('tos')).toMatchInlineSnapshot(`
      "
      01-25 00:00                2.2.1.2  r-1 expires 2026-02-01T00:00:00Z: renew it before; a month costs 151.20 CNY today
      01-25 00:00                2.2.1.2  n-1 about r-1 could not be delivered, nobody can be reached: the term ends; renew it to go on
      02-01 00:00                2.2.1.2  r-1 active -> frozen (expired)
      02-08 16:00                4.3      r-1 frozen -> deleted (retention-ended)
      "
    `);
  });

  test('under cn-site: disabled for seven days, eight in the bin', async () => {
    expect(await subscriptionUnder('cn-site')).toMatchInlineSnapshot(`
      "
      01-25 00:00                2.2.1.2  r-1 expires 2026-02-01T00:00:00Z: renew it before; a month costs 151.20 CNY today
      01-25 00:00                2.2.1.2  n-1 about r-1 could not be delivered, nobody can be reached: the term ends; renew it to go on
      02-01 00:00                2.2.1.2  r-1 active -> frozen (expired)
      02-08 00:00                4.3      r-1 frozen -> released (retention-ended)
      02-16 00:00                4.3      r-1 released -> deleted (bin-ended)
      "
    `);
  });

  test('under intl-site: fifteen days as normal, fifteen disabled, seven in the bin', async () => {
    expect(await subscriptionUnder('intl-site')).toMatchInlineSnapshot(`
      "
      01-25 00:00                2.2.1.2  r-1 expires 2026-02-01T00:00:00Z: renew it before; a month costs 151.20 CNY today
      01-25 00:00                2.2.1.2  n-1 about r-1 could not be delivered, nobody can be reached: the term ends; renew it to go on
      02-01 00:00                2.2.1.2  r-1 active -> overdue (expired)
      02-16 00:00                2.2.1.2  r-1 overdue -> frozen (grace-ended)
      03-03 00:00                4.3      r-1 frozen -> released (retention-ended)
      03-10 00:00                4.3      r-1 released -> deleted (bin-ended)
      "
    `);
  });

  test('is as before when it is renewed while it is frozen', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await subscribe(world);
    await world.advance('33d');
    expect(world.states()).toBe('r-1 frozen');
    await renew(world, 'r-1');
    expect(world.states()).toBe('r-1 active');
  });
});

test('while disabled, reads are refused too, in the words of the wire profile', async () => {
  await using world = await FakeWorld.open();
  await world.create({ terms: 'cn-site' });
  await world.create({ terms: 'cn-site', wireProfile: 'apsaradb-2018' });
  await world.setBalance('0');
  await world.advance('26h');
  const accessOf = (id: string) => world.dataPlane.endpoints.get(id)?.access;
  expect(accessOf('r-1')).toEqual({
    reads: "NOREAD You can't read against a non-read redis",
    writes: "NOWRITE You can't write against a non-write redis",
  });
  const disabled = "DISABLE You can't write or read against a disable instance";
  expect(accessOf('r-2')).toEqual({ reads: disabled, writes: disabled });
});

describe('a file of terms', () => {
  test('says only what differs from those that it extends', () => {
    const mine = read({ extends: 'tos', name: 'mine', ...graceOf('3d') });
    expect(mine.course.PostPaid.grace).toEqual({ lasts: '3d', billed: true, backedUp: true });
    expect(mine.course.PostPaid.frozen).toEqual(TERMS.tos.course.PostPaid.frozen);
    expect(mine.noticeBefore).toBe('30d');
  });

  test('says everything where it extends nothing', () => {
    const whole = { ...TERMS['cn-site'], name: 'whole' };
    expect(read({ ...whole, $schema: './terms.schema.json' })).toEqual(whole);
  });

  test('with mistakes is told all of them at once, each with its place, its value and the way out', () => {
    const wrong = {
      extends: 'tos-2',
      name: 'tos',
      colour: 'red',
      course: {
        PostPaid: { grace: { lasts: '3 days', long: true }, frozen: { reads: 'maybe' } },
        PrePaid: { frozen: { reads: 'refuse', writes: 'pass' }, released: { lasts: '99y' } },
      },
      order: { voidAfter: '0' },
      cancelAfterUnavailable: '11000d',
      noticeBefore: 30,
    };
    expect(mistakesIn(wrong)).toMatchInlineSnapshot(`
      [
        "colour: "red" is not known here. There are: $schema, extends, name, title, source, course, earlyEnd, order, renewal, noticeBefore, complaint, violation, abuse, faultRepairedAfter, cancelAfterUnavailable",
        "extends: "tos-2" is not possible. It must be "tos" or "cn-site" or "intl-site"",
        "course.PostPaid.grace.long: true is not known here. There are: lasts, billed, backedUp",
        "course.PostPaid.frozen.reads: "maybe" is not possible. It must be "pass" or "refuse"",
        "noticeBefore: 30 is not possible. It must be string",
        "name: "tos" is that of terms that are shipped. Take another one, such as "my-tos"",
        "course.PostPaid.grace.lasts: "3 days" is not a span of time. Give one such as 24h, 7d, "7 natural days", or 0 for not at all",
        "course.PrePaid.released.lasts: "99y" is not a span of time. Give one such as 24h, 7d, "7 natural days", or 0 for not at all",
        "order.voidAfter: "0" would be over before anybody could act. Give a length, such as 1h",
        "cancelAfterUnavailable: "11000d" would never end. Give 3650d at most",
        "course.PrePaid.frozen: reads "refuse" with writes "pass" is not possible: Redis refuses writes only, and who writes can read. Give writes "refuse", or reads "pass"",
      ]
    `);
  });

  test('that leaves out what it must say is told what is missing', () => {
    expect(mistakesIn({ name: 'mine' })).toContain(
      'renewal: nothing is given. Give it, or say "extends": "tos" for what is not given',
    );
    expect(mistakesIn({})).toContain('name: nothing is given. Give one, such as "mine"');
    expect(mistakesIn([])).toEqual(['the file: [] is not possible. It must be object']);
  });

  test.each([
    ['deletes at the first cent', { grace: '0', frozen: '0', released: '0' }, 'first cent'],
    ['is frozen without being so', { reads: 'pass', writes: 'pass' }, 'is no freeze'],
  ])('that %s is refused', (_, said, words) => {
    const {
      grace = '24h',
      frozen = '7d',
      released = '0',
      ...passes
    } = said as Record<string, string>;
    const course = {
      grace: { lasts: grace },
      frozen: { lasts: frozen, ...passes },
      released: { lasts: released },
    };
    const mistakes = mistakesIn({ extends: 'tos', name: 'mine', course: { PostPaid: course } });
    expect(mistakes).toEqual([expect.stringContaining(words)]);
  });

  test('whatever is in it, is taken or told what is wrong, and nothing is thrown', () => {
    const anything = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.constantFrom('0', '24h', '7 natural days', 'pass', 'refuse', '', 'x', 5, true, null),
        fc.dictionary(fc.constantFrom('lasts', 'reads', 'grace', '__proto__'), tie('value')),
        fc.array(tie('value'), { maxLength: 2 }),
      ),
    })).value;
    const file = fc.dictionary(
      fc.constantFrom(...Object.keys(TERMS.tos), 'extends', '$schema', 'other', 'toString'),
      fc.oneof(anything, fc.constantFrom('tos', 'mine')),
    );
    fc.assert(
      fc.property(fc.oneof(anything, file), (content) => {
        const terms = readTerms(content);
        if (areMistakes(terms)) expect(terms.length).toBeGreaterThan(0);
        else learnTerms(`any-${JSON.stringify(terms)}`, terms);
      }),
    );
  });

  test('has a published schema, which is that of the code', () => {
    const path = 'schemas/terms.schema.json';
    const now = `${JSON.stringify({ $schema: DRAFT, ...termsFileSchema }, null, 2)}\n`;
    const before: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
    expect(before, `${path} is stale; it should be:\n${now}`).toEqual(JSON.parse(now));
  });
});

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

describe("a user's own terms", () => {
  test('are gone by, and an instance keeps those that it was sold under, across restarts', async () => {
    await using world = await FakeWorld.open();
    const first = await add(world, graceOf('3d'));
    await world.create({ terms: first });
    const second = await add(world, graceOf('5d'));
    expect(second).not.toBe(first);
    expect(termsIdOf(world.controlPlane.world, 'mine')).toBe(second);
    await world.create({ terms: termsIdOf(world.controlPlane.world, 'mine') });
    await world.restart();
    await world.setBalance('0');
    await world.advance('1h');
    await world.advance('3d');
    expect(world.states()).toBe('r-1 frozen, r-2 overdue');
    await world.advance('2d');
    expect(world.states()).toBe('r-1 frozen, r-2 frozen');
  });

  test('that are added again are the same, and the newest', async () => {
    await using world = await FakeWorld.open();
    const first = await add(world, graceOf('3d'));
    expect(await add(world, graceOf('3d'))).toBe(first);
    await add(world, graceOf('5d'));
    expect(await add(world, graceOf('3d'))).toBe(first);
    expect(termsIdOf(world.controlPlane.world, 'mine')).toBe(first);
    expect(() => termsIdOf(world.controlPlane.world, 'yours')).toThrow(
      'there are no terms "yours". There are: tos, cn-site, intl-site, mine',
    );
  });
});

describe("an order's own conditions", () => {
  test('override the terms where they differ, and nothing else of them', async () => {
    await using world = await FakeWorld.open();
    const terms = await world.controlPlane.decide((draft) =>
      withConditions(draft, 'tos', { course: { PostPaid: { grace: { lasts: '72h' } } } }),
    );
    expect(terms).toMatch(/^tos-\w{10,}$/);
    await world.create({ terms });
    await world.create();
    await world.restart();
    await world.setBalance('0');
    await world.advance('49h');
    expect(world.states()).toBe('r-1 overdue, r-2 frozen');
    expect(termsOf(terms).course.PostPaid.frozen).toEqual(TERMS.tos.course.PostPaid.frozen);
  });

  test('that make no difference are the terms themselves; impossible ones are refused', async () => {
    await using world = await FakeWorld.open();
    const agree = (conditions: object) =>
      world.controlPlane.decide((draft) => withConditions(draft, 'tos', conditions));
    expect(await agree({ noticeBefore: '30d' })).toBe('tos');
    await expect(agree({ noticeBefore: 'soon' })).rejects.toThrow(
      'these terms are not possible: noticeBefore: "soon" is not a span of time.',
    );
  });
});

describe('changed terms', () => {
  test('are announced thirty days ahead, and go for whoever is still there on that day', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.create();
    await world.create();
    await expect(announce(world, 'cn-site', '2026-01-30')).rejects.toThrow(
      'a notice of terms-change must be given 30d ahead (clause 3.1.1): 2026-01-30T00:00:00Z is too early. The earliest is 2026-01-31T00:00:00Z',
    );
    const before = world.events().length;
    await announce(world, 'cn-site', '2026-01-31');
    await world.create(); // sold after the announcement, under the terms that it was sold under
    await world.delete('r-2');
    await world.restart();
    await world.advance('31d');
    const told = world.events(before).filter(({ type }) => type.startsWith('terms-'));
    expect(told.map(({ text, clause }) => `${text} (${String(clause)})`)).toMatchInlineSnapshot(`
      [
        "r-1 will be under the terms cn-site from 2026-01-31T00:00:00Z on; whoever does not want them ends it before, with settlement (7.3.1) (3.1.1)",
        "r-2 will be under the terms cn-site from 2026-01-31T00:00:00Z on; whoever does not want them ends it before, with settlement (7.3.1) (3.1.1)",
        "r-1 goes on under the terms cn-site, as announced; before: tos (3.1.1)",
      ]
    `);
    const terms = [...world.controlPlane.world.instances.values()].map((one) => one.terms);
    expect(terms).toEqual(['cn-site', 'tos', 'tos']);
  });

  test('leave what an order agreed on above them', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    const terms = await world.controlPlane.decide((draft) =>
      withConditions(draft, 'tos', { course: { PostPaid: { grace: { lasts: '72h' } } } }),
    );
    await world.create({ terms });
    await announce(world, 'cn-site', '2026-02-01');
    await world.advance('32d');
    const now = world.controlPlane.instance('r-1').terms;
    expect(termsOf(now)).toEqual({
      ...TERMS['cn-site'],
      course: {
        ...TERMS['cn-site'].course,
        PostPaid: {
          ...TERMS['cn-site'].course.PostPaid,
          grace: { ...TERMS['cn-site'].course.PostPaid.grace, lasts: '72h' },
        },
      },
    });
  });

  test('count from where the stage began: what is over by then ends at that moment, and no earlier', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.create({ terms: 'intl-site' });
    await announce(world, 'tos', '2026-02-10');
    // In arrears from 2026-02-05 on: fifteen days under the old terms, one under the new ones.
    await world.advance('35d');
    await world.setBalance('0');
    const before = world.events().length;
    await world.advance('20d');
    expect(world.timeline(before)).toMatchInlineSnapshot(`
      "
      02-05 01:00                2.2.2    charged 0.21 CNY for one hour, balance -0.21
      02-05 01:00                7.2.3.1  account default owes 0.21 CNY
      02-05 01:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      02-05 02:00 .. 02-10 00:00 2.2.2    119 charges, 24.99 CNY in all, balance -25.20
      02-10 00:00                3.1.1    r-1 goes on under the terms tos, as announced; before: intl-site
      02-10 00:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      02-10 01:00 .. 02-17 00:00 2.2.2    168 charges, 35.28 CNY in all, balance -60.48
      02-17 00:00                7.2.3.2  r-1 frozen -> deleted (retention-ended)
      "
    `);
  });

  test('begin or stop the charges of what is frozen: the hour that was started is charged', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.advance('40m');
    await world.create();
    await announce(world, 'cn-site', '2026-02-10');
    await world.advance('36d');
    await world.setBalance('0');
    await world.advance('2d');
    expect(world.states()).toBe('r-1 frozen');
    const before = world.events().length;
    await world.advance('3d');
    expect(world.timeline(before)).toMatchInlineSnapshot(`
      "
      02-08 01:40 .. 02-10 00:00 2.2.2    48 charges, 10.08 CNY in all, balance -20.16
      02-10 00:00                3.1.1    r-1 goes on under the terms cn-site, as announced; before: tos
      "
    `);
    expect(nextBillAt(world.controlPlane.instance('r-1'))).toBeNull();
  });

  test('of an account concern its instances, and are refused where they concern none', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.openAccount('other', '1000');
    await world.create();
    await world.create({ accountId: 'other' });
    await announce(world, 'cn-site', '2026-02-01', 'other');
    await world.advance('32d');
    const terms = [...world.controlPlane.world.instances.values()].map((one) => one.terms);
    expect(terms).toEqual(['tos', 'cn-site']);
    await expect(announce(world, 'tos', '2026-06-01', 'default')).rejects.toThrow(
      'would change nothing for any instance',
    );
  });
});

async function lifeUnder(terms: string): Promise<string> {
  await using world = await FakeWorld.open({ balance: '0.21' });
  await world.create({ terms });
  await world.advance('60d');
  return world.timeline(3);
}

async function subscriptionUnder(terms: string): Promise<string> {
  await using world = await FakeWorld.open({ balance: '1000' });
  await subscribe(world, { terms });
  const before = world.events().length;
  await world.advance('90d');
  return world.timeline(before);
}

function graceOf(lasts: string): object {
  return { course: { PostPaid: { grace: { lasts } } } };
}

function read(file: object): Terms {
  const terms = readTerms(file);
  if (areMistakes(terms)) throw new Error(terms.join('\n'));
  return terms;
}

function mistakesIn(file: unknown): readonly string[] {
  const terms = readTerms(file);
  return areMistakes(terms) ? terms : [];
}

function add(world: FakeWorld, said: object): Promise<string> {
  const terms = read({ extends: 'tos', name: 'mine', ...said });
  return world.controlPlane.decide((draft) => addTerms(draft, terms));
}

function announce(
  world: FakeWorld,
  termsId: string,
  date: string,
  accountId: string | null = null,
): Promise<string> {
  const effectiveAt = parseInstant('effective', date);
  expect(effectiveAt).toBeGreaterThan(START);
  return world.controlPlane.decide((draft) =>
    announceTerms(draft, { termsId, accountId, effectiveAt }),
  );
}
