/** Plays a scenario, step by step, in a simulator near or far. It ends at the first step that is not as it should be. */
import type { ActionClient } from '../control-plane/actions/index.js';
import { problemOf, SimulatorError } from '../control-plane/core/errors.js';
import { DEEDS, NotAsExpected, refusedAs, type Stage } from './deeds.js';
import { waitReal, type Pace } from './pace.js';
import { RedisLines } from './redis-lines.js';
import type { Scenario, Step } from './scenario.js';

/** What came of a step. */
export interface Told {
  readonly line: number;
  /** In virtual time, when it was over. */
  readonly at: string;
  readonly say: string | null;
  /** Its word; null where it only says something. */
  readonly word: string | null;
  readonly text: string;
  readonly ok: boolean;
}

/** Who watches: told what is about to happen, and what came of it. */
export interface Audience {
  readonly says: (at: string, text: string) => void;
  readonly done: (told: Told) => void;
}

/** Tries for a name of an account that nobody has. */
const ACCOUNTS_MAX = 1_000;

/** Tells of every step as it is done. Resolves with whether all was as it should be. */
export async function play(
  scenario: Scenario,
  client: ActionClient,
  pace: Pace | null,
  audience: Audience,
): Promise<boolean> {
  const lines = new RedisLines();
  const account = await openAccount(client, scenario);
  const stage: Stage = { client, pace, account, answers: new Map(), current: '', lines };
  try {
    for (const step of scenario.steps) {
      if (step.say !== null) {
        audience.says((await client.getClock()).now, step.say);
        if (pace !== null) await waitReal(pace.pauseMs);
      }
      const told = await playStep(stage, step);
      audience.done(told);
      if (!told.ok) return false;
    }
    return true;
  } finally {
    lines.close();
  }
}

async function playStep(stage: Stage, step: Step): Promise<Told> {
  const { line, say, word } = step;
  let text = '';
  let ok = true;
  try {
    if (word !== null) text = await done(stage, step);
    if (word !== null && word !== 'redis' && step.beside.fails !== undefined) {
      throw new NotAsExpected(`it should be refused: ${step.beside.fails}; and was not`);
    }
  } catch (error) {
    ok = error instanceof SimulatorError && step.beside.fails !== undefined;
    try {
      text =
        error instanceof SimulatorError
          ? refusedAs(step, error.code, error.message)
          : problemOf(error);
    } catch (other) {
      ok = false;
      text = problemOf(other);
    }
  }
  const { now: at } = await stage.client.getClock();
  return { line, at, say, word, text, ok };
}

function done(stage: Stage, step: Step): Promise<string> {
  return step.word === null ? Promise.resolve('') : DEEDS[step.word](stage, step);
}

/** An account of its own, so that nothing of anybody else's is paid or owed. */
async function openAccount(client: ActionClient, { title, balance }: Scenario): Promise<string> {
  const base =
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'scenario';
  const { accounts } = await client.listAccounts();
  const known = new Set(accounts.map(({ id }) => id));
  for (let number = 1; number <= ACCOUNTS_MAX; number += 1) {
    const account = number === 1 ? base : `${base}-${String(number)}`;
    if (known.has(account)) continue;
    await client.openAccount({ account, balance });
    return account;
  }
  throw new SimulatorError('AccountExists', { id: base });
}
