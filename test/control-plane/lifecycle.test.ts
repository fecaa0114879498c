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
  type Trigger,
} from '../../src/control-plane/core/lifecycle.js';
import { problemOf } from '../../src/control-plane/core/errors.js';
import { move } from '../../src/control-plane/core/billing.js';
import { CHARGE_TYPES, TERMS } from '../../src/control-plane/core/terms.js';
import { factsOf, isSkipped, type StateFacts } from '../../src/control-plane/core/state-facts.js';
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
      active --expired--> overdue  (2.2.1.2)
      active --released--> released  (7.3.1)
      active --terminated--> released  (7.2.2)
      active --destroyed--> deleted  (7.3.1)
      overdue --arrears-ended--> active  (7.2.3.1)
      overdue --renewed--> active  (2.2.1.2)
      overdue --grace-ended--> frozen  (7.2.3.1)
      overdue --released--> released  (7.3.1)
      overdue --terminated--> released  (7.2.2)
      overdue --destroyed--> deleted  (7.3.1)
      frozen --arrears-ended--> active  (7.2.3.1)
      frozen --renewed--> active  (2.2.1.2)
      frozen --retention-ended--> released  (7.2.3.2)
      frozen --released--> released  (7.3.1)
      frozen --terminated--> released  (7.2.2)
      frozen --destroyed--> deleted  (7.3.1)
      released --bin-ended--> deleted  (4.3)
      released --destroyed--> deleted  (7.3.1)
      released --rebuilt--> deleted  (4.3)
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
      '"grace-ended" is not possible for instance "r-1" in state "active" (possible: arrears-began, expired, released, terminated, destroyed)',
    );
    for (const state of STATES) {
      const legal = TRANSITIONS.filter((row) => row.from === state).map((row) => row.on);
      const possible = `in state "${state}" (possible: ${legal.join(', ') || 'nothing'})`;
      const ofState = refusals.filter((text) => text.includes(`in state "${state}"`));
      for (const text of ofState) expect(text).toContain(possible);
    }
  });
});

const SETS = Object.keys(TERMS).flatMap((terms) =>
  CHARGE_TYPES.map((chargeType) => ({ terms, chargeType })),
);

describe.each(SETS)('under the terms "$terms", $chargeType', ({ terms, chargeType }) => {
  const facts = STATES.flatMap((state): [State, StateFacts][] =>
    [null, 'released' as const].map((endedBy) => [
      state,
      factsOf({ terms, chargeType, state, endedBy }),
    ]),
  );

  test('a state that ends by itself ends by an edge of the table', () => {
    for (const [state, { ends }] of facts) {
      if (ends) expect(transitionOf(state, ends.on), `${state} ${ends.on}`).toBeDefined();
    }
  });

  test('a trigger that is a matter of time comes from nowhere else than a state that ends so', () => {
    for (const row of TRANSITIONS.filter(
      ({ on }) => on.endsWith('-ended') && on !== 'arrears-ended',
    )) {
      for (const [state, { ends }] of facts) {
        if (state === row.from) expect(ends?.on, edgeOf(row)).toBe(row.on);
      }
    }
  });

  test('clients are served, and charged for, only where Redis runs', () => {
    for (const [state, { endpoint, billed, backend }] of facts) {
      if (endpoint === 'open' || billed) expect(backend, state).toBe('up');
      if (backend !== 'up') expect(endpoint, state).toBe('closed');
    }
  });

  test('whoever is past a stage without length comes to one that lasts, or to the end', () => {
    for (const [state, { ends }] of facts) {
      let at: State = state;
      for (let steps = 0; ends && steps < STATES.length; steps += 1) {
        const next = factsOf({ terms, chargeType, state: at, endedBy: null });
        if (!next.ends || !isSkipped(next)) break;
        at = requireTransition('r-1', at, next.ends.on).to;
      }
      expect(isSkipped(factsOf({ terms, chargeType, state: at, endedBy: null })), state).toBe(
        false,
      );
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
    edge: 'active --expired--> overdue',
    walk: (world) => untilExpired(world),
  },
  {
    edge: 'active --released--> released',
    walk: async (world) => {
      await world.create();
      await world.delete('r-1');
    },
  },
  {
    edge: 'active --terminated--> released',
    walk: async (world) => {
      await world.create();
      await moved(world, 'terminated');
    },
  },
  {
    edge: 'active --destroyed--> deleted',
    walk: async (world) => {
      await world.create();
      await world.destroy('r-1');
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
    edge: 'overdue --renewed--> active',
    walk: async (world) => {
      await untilExpired(world);
      await world.renew('r-1', 1);
    },
  },
  {
    edge: 'overdue --grace-ended--> frozen',
    walk: (world) => untilFrozen(world),
  },
  {
    edge: 'overdue --released--> released',
    walk: async (world) => {
      await untilOverdue(world);
      await world.delete('r-1');
    },
  },
  {
    edge: 'overdue --terminated--> released',
    walk: async (world) => {
      await untilOverdue(world);
      await moved(world, 'terminated');
    },
  },
  {
    edge: 'overdue --destroyed--> deleted',
    walk: async (world) => {
      await untilOverdue(world);
      await world.destroy('r-1');
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
    edge: 'frozen --renewed--> active',
    walk: async (world) => {
      await untilExpired(world);
      await world.advance('15d');
      await world.renew('r-1', 1);
    },
  },
  {
    edge: 'frozen --retention-ended--> released',
    walk: (world) => untilReleased(world),
  },
  {
    edge: 'frozen --released--> released',
    walk: async (world) => {
      await untilFrozen(world);
      await world.delete('r-1');
    },
  },
  {
    edge: 'frozen --terminated--> released',
    walk: async (world) => {
      await untilFrozen(world);
      await moved(world, 'terminated');
    },
  },
  {
    edge: 'frozen --destroyed--> deleted',
    walk: async (world) => {
      await untilFrozen(world);
      await world.destroy('r-1');
    },
  },
  {
    edge: 'released --bin-ended--> deleted',
    walk: async (world) => {
      await untilReleased(world);
      await world.advance('8d');
    },
  },
  {
    edge: 'released --destroyed--> deleted',
    walk: async (world) => {
      await untilReleased(world);
      await world.destroy('r-1');
    },
  },
  {
    edge: 'released --rebuilt--> deleted',
    walk: async (world) => {
      await untilReleased(world);
      await moved(world, 'rebuilt');
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
    const standing = { terms: 'tos', chargeType: 'PostPaid', endedBy: null } as const;
    const factsBy = (state: State) => factsOf({ ...standing, state });
    const states = rows.filter(
      ([, state, status]) =>
        STATES.some((known) => known === state) &&
        STATES.some((known) => factsBy(known).status === status),
    );
    expect(states.map(([, state]) => state)).toEqual(STATES);
    for (const [, state, status, , billed] of states) {
      const facts = factsBy(state as State);
      expect([status, billed], state).toEqual([facts.status, facts.billed ? 'yes' : 'no']);
    }
  });

  test('has the length of every stage under all terms', () => {
    const stages = rows.filter(([, terms = '']) => Object.hasOwn(TERMS, terms));
    const lengths = SETS.map(({ terms, chargeType }) => {
      const { grace, frozen, released } = TERMS[terms as keyof typeof TERMS].course[chargeType];
      const { keptFor } = TERMS[terms as keyof typeof TERMS].earlyEnd;
      const stage = [grace, frozen, released].map(({ lasts }) => lasts);
      return [terms, chargeType, ...stage, keptFor];
    });
    expect(stages.map((cells) => cells.slice(1, 7))).toEqual(lengths);
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

async function untilOverdue(world: FakeWorld, terms = 'tos'): Promise<void> {
  await world.create({ terms });
  await world.setBalance('0');
  await world.advance('1h');
}

async function untilFrozen(world: FakeWorld, terms = 'tos'): Promise<void> {
  await untilOverdue(world, terms);
  await world.advance('24h');
}

async function untilReleased(world: FakeWorld): Promise<void> {
  await untilFrozen(world, 'cn-site');
  await world.advance('6d');
}

/** Of a subscription whose terms have a grace. */
async function untilExpired(world: FakeWorld): Promise<void> {
  await world.setBalance('400');
  await world.create({ terms: 'intl-site', chargeType: 'PrePaid' });
  await world.advance('31d');
}

async function moved(world: FakeWorld, on: Trigger): Promise<void> {
  await world.controlPlane.changeInstance('r-1', (draft) => {
    move(draft, 'r-1', on);
  });
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
