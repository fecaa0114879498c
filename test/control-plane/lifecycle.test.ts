/** The tables of the life of an instance: read as data, then walked through the whole control plane. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  requireTransition,
  STATES,
  TRANSITIONS,
  TRIGGERS,
  transitionOf,
  type State,
  type Transition,
} from '../../src/control-plane/core/lifecycle.js';
import { problemOf } from '../../src/control-plane/core/errors.js';
import { TERMS, type StateFacts } from '../../src/control-plane/core/terms.js';
import { formatDuration, HOUR_MS } from '../../src/control-plane/core/duration.js';
import { FakeWorld } from '../support/fake-world.js';

const FIRST: State = 'creating';
const LAST: State = 'deleted';

describe('the table of transitions', () => {
  test('reads like this', () => {
    const lines = TRANSITIONS.map((row) => `${edgeOf(row)}  (${row.clause})`);
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      creating --created--> active  (7.1)
      creating --creation-failed--> deleted  (7.1)
      active --arrears-began--> overdue  (7.2.3.1)
      active --released--> deleted  (7.3.1)
      overdue --arrears-ended--> active  (7.2.3.1)
      overdue --grace-ended--> frozen  (7.2.3.1)
      overdue --released--> deleted  (7.3.1)
      frozen --arrears-ended--> active  (7.2.3.1)
      frozen --retention-ended--> deleted  (7.2.3.2)
      frozen --released--> deleted  (7.3.1)
      "
    `);
  });

  test('leads from the first state to every other one', () => {
    const reached = new Set<State>([FIRST]);
    // A Set shows what is added to it on the way.
    for (const state of reached) {
      for (const row of TRANSITIONS) if (row.from === state) reached.add(row.to);
    }
    expect([...reached].sort()).toEqual([...STATES].sort());
  });

  test('leads out of every state but the last one, and never back to the first', () => {
    for (const state of STATES) {
      expect(
        TRANSITIONS.some((row) => row.from === state),
        state,
      ).toBe(state !== LAST);
    }
    expect(TRANSITIONS.filter((row) => row.to === FIRST)).toEqual([]);
  });

  test('leads from every state to deletion, so that nobody pays for ever', () => {
    for (const state of STATES) {
      const reached = new Set<State>([state]);
      for (const at of reached) {
        for (const row of TRANSITIONS) if (row.from === at) reached.add(row.to);
      }
      expect([...reached], state).toContain(LAST);
    }
  });

  test('has one answer to each trigger in each state, uses every trigger, and names a clause', () => {
    const keys = TRANSITIONS.map((row) => `${row.from} ${row.on}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(TRANSITIONS.map((row) => row.on))).toEqual(new Set(TRIGGERS));
    for (const row of TRANSITIONS) expect(row.clause, edgeOf(row)).toMatch(/^\d+(\.\d+)*$/);
  });

  test('refuses every other trigger, and says what would have been possible', () => {
    const refusals = STATES.flatMap((state) =>
      TRIGGERS.filter((on) => !transitionOf(state, on)).map((on) => refusalOf(state, on)),
    );
    expect(refusals).toHaveLength(STATES.length * TRIGGERS.length - TRANSITIONS.length);
    expect(refusals).toContain(
      '"grace-ended" is not possible for instance "r-1" in state "active" (possible: arrears-began, released)',
    );
    for (const state of STATES) {
      const legal = TRANSITIONS.filter((row) => row.from === state).map((row) => row.on);
      const possible = `in state "${state}" (possible: ${legal.join(', ') || 'nothing'})`;
      const ofState = refusals.filter((text) => text.includes(`in state "${state}"`));
      for (const text of ofState) expect(text).toContain(possible);
    }
  });
});

describe.each(Object.entries(TERMS))('under the terms "%s"', (_, terms) => {
  const facts = Object.entries(terms) as [State, StateFacts][];

  test('a state that ends by itself ends by an edge of the table', () => {
    for (const [state, { ends }] of facts) {
      if (ends) expect(transitionOf(state, ends.on), `${state} ${ends.on}`).toBeDefined();
    }
  });

  test('a trigger that is a matter of time comes from nowhere else than a state that ends so', () => {
    for (const row of TRANSITIONS.filter(
      ({ on }) => on.endsWith('-ended') && on !== 'arrears-ended',
    )) {
      expect(terms[row.from], edgeOf(row)).toMatchObject({
        ends: { on: row.on },
      });
    }
  });

  test('clients are served, and charged for, only where Redis runs', () => {
    for (const [state, { endpoint, billed, backend }] of facts) {
      if (endpoint === 'open' || billed) expect(backend, state).toBe('up');
      if (backend === 'gone') expect(endpoint, state).toBe('closed');
    }
  });
});

/** Each drives an instance r-1 along an edge, as a customer or as time does it. */
const WALKS: readonly { edge: string; walk: (world: FakeWorld) => Promise<unknown> }[] = [
  {
    edge: 'creating --created--> active',
    walk: (world) => world.create(),
  },
  {
    edge: 'creating --creation-failed--> deleted',
    walk: async (world) => {
      world.engine.failNext('up', 'no memory');
      await expect(world.create()).rejects.toThrow('no memory');
    },
  },
  {
    edge: 'active --arrears-began--> overdue',
    walk: (world) => untilOverdue(world),
  },
  {
    edge: 'active --released--> deleted',
    walk: async (world) => {
      await world.create();
      await world.delete('r-1');
    },
  },
  {
    edge: 'overdue --arrears-ended--> active',
    walk: async (world) => {
      await untilOverdue(world);
      await world.topUp('10');
    },
  },
  {
    edge: 'overdue --grace-ended--> frozen',
    walk: (world) => untilFrozen(world),
  },
  {
    edge: 'overdue --released--> deleted',
    walk: async (world) => {
      await untilOverdue(world);
      await world.delete('r-1');
    },
  },
  {
    edge: 'frozen --arrears-ended--> active',
    walk: async (world) => {
      await untilFrozen(world);
      await world.topUp('10');
    },
  },
  {
    edge: 'frozen --retention-ended--> deleted',
    walk: async (world) => {
      await untilFrozen(world);
      await world.advance('7d');
    },
  },
  {
    edge: 'frozen --released--> deleted',
    walk: async (world) => {
      await untilFrozen(world);
      await world.delete('r-1');
    },
  },
];

describe('docs/billing.md', () => {
  const rows = readFileSync('docs/billing.md', 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

  test('has the table of transitions as it is', () => {
    const edges = rows.filter(([, , on]) => TRIGGERS.some((trigger) => trigger === on));
    expect(edges.map((cells) => cells.slice(1, 5))).toEqual(
      TRANSITIONS.map(({ from, on, to, clause }) => [from, on, to, clause]),
    );
  });

  test('has the facts of every state as they are', () => {
    const states = rows.filter(([, , status]) =>
      Object.values(TERMS.tos).some((facts) => facts.status === status),
    );
    expect(states.map(([, state]) => state)).toEqual(STATES);
    for (const [, state, status, , billed, ends = ''] of states) {
      const facts: StateFacts = TERMS.tos[state as State];
      expect([status, billed], state).toEqual([facts.status, facts.billed ? 'yes' : 'no']);
      if (facts.ends) {
        const [, days = '1', hours = ''] = /^(?:(\d+) × )?(\d+) h/.exec(ends) ?? [];
        expect(formatDuration(Number(days) * Number(hours) * HOUR_MS)).toBe(
          formatDuration(facts.ends.afterMs),
        );
      }
    }
  });
});

describe('walked through the control plane', () => {
  test.each(WALKS)('$edge', async ({ edge, walk }) => {
    await using world = await FakeWorld.open();
    await walk(world);
    const moves = world.events().filter(({ type }) => type === 'state-changed');
    const last = moves.at(-1);
    expect(last && `${last.data.from ?? ''} --${last.data.on ?? ''}--> ${last.data.to ?? ''}`).toBe(
      edge,
    );
    const row = TRANSITIONS.find((transition) => edgeOf(transition) === edge);
    expect(last?.clause).toBe(row?.clause);
    expect(world.states()).toBe(`r-1 ${row?.to ?? ''}`);
  });

  test('no edge of the table is left out, and no other was walked', () => {
    expect(WALKS.map(({ edge }) => edge)).toEqual(TRANSITIONS.map(edgeOf));
  });
});

async function untilOverdue(world: FakeWorld): Promise<void> {
  await world.create();
  await world.setBalance('0');
  await world.advance('1h');
}

async function untilFrozen(world: FakeWorld): Promise<void> {
  await untilOverdue(world);
  await world.advance('24h');
}

function edgeOf(row: Transition): string {
  return `${row.from} --${row.on}--> ${row.to}`;
}

function refusalOf(state: State, on: (typeof TRIGGERS)[number]): string {
  try {
    requireTransition('r-1', state, on);
  } catch (error) {
    return problemOf(error);
  }
  throw new Error(`${on} was not refused in ${state}`);
}
