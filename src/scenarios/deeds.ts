/** What is done at each word of a scenario: calls of the API, and commands at endpoints. Each tells in a line what came of it. */
import type { ActionClient } from '../control-plane/actions/index.js';
import type { InstanceView } from '../control-plane/actions/views.js';
import { parseDuration } from '../control-plane/core/duration.js';
import { isLike, shown } from './likeness.js';
import { resolved } from './names.js';
import { moveTo, waitReal, type Pace } from './pace.js';
import type { RedisLines } from './redis-lines.js';
import type { Step } from './scenario.js';
import type { WordName } from './words.js';

/** Where a scenario is played. */
export interface Stage {
  readonly client: ActionClient;
  readonly pace: Pace | null;
  readonly account: string;
  /** What names stand for: instances that were made, answers that were kept. */
  readonly answers: Map<string, unknown>;
  /** The instance that was made last, by its name here. */
  current: string;
  readonly lines: RedisLines;
}

/** Something is not as the scenario says. */
export class NotAsExpected extends Error {
  override readonly name = 'NotAsExpected';
}

type Deed = (stage: Stage, step: Step) => Promise<string>;

export const DEEDS: Readonly<Record<WordName, Deed>> = {
  async create(stage, { value }) {
    const given = typeof value === 'string' ? { name: value } : (value as { name: string });
    const asked = resolved({ account: stage.account, ...given }, stage.answers);
    const made = await stage.client.createInstance(asked as typeof given);
    stage.answers.set(given.name, made);
    stage.current = given.name;
    return `${given.name} is ${made.state}: ${made.id}, ${made.instanceClass}, at ${made.url ?? 'no address'}`;
  },

  async owe({ client, account }, { value }) {
    const left = (value as number | null) ?? 0;
    const { balance, currency } = await client.setAccountBalance({ account, balance: left });
    return `nobody pays any more: the account has ${balance} ${currency}`;
  },

  async pay({ client, account }, { value }) {
    const amount = value as number;
    const { balance, currency } = await client.topUpAccount({ account, amount });
    return `paid ${String(amount)} ${currency}, the balance is ${balance}`;
  },

  async renew(stage, step) {
    const { id } = instanceOf(stage, step);
    const { instance } = await stage.client.renewInstance({ id, period: step.value as 1 });
    return `renewed, expires ${instance.expiresAt ?? 'never'}`;
  },

  async advance({ client, pace }, { value }) {
    const now = Date.parse((await client.getClock()).now);
    await moveTo(client, now + parseDuration('advance', value as string), pace);
    return `${value as string} go by`;
  },

  async until(stage, step) {
    const { client, pace } = stage;
    const { id } = instanceOf(stage, step);
    const { changes } = await client.describeInstancePlan({ id });
    const change = changes.find(({ state }) => state === step.value);
    if (!change) {
      const planned = changes.map(({ at, what }) => `${at} ${what}`).join('; ') || 'nothing';
      throw new NotAsExpected(
        `it never becomes ${String(step.value)} by itself; ahead is: ${planned}`,
      );
    }
    await moveTo(client, Date.parse(change.at), pace);
    return `${change.after} go by`;
  },

  async redis(stage, step) {
    const { id } = instanceOf(stage, step);
    const { url } = await stage.client.describeInstanceAttribute({ id });
    const { value } = step;
    const words = typeof value === 'string' ? value.trim().split(/\s+/) : (value as unknown[]);
    const command = (resolved(words, stage.answers) as unknown[]).map(String);
    const reply = await stage.lines.send(url, command);
    const told = `${command.join(' ')} -> `;
    if ('refused' in reply) return told + refusedAs(step, reply.refused, reply.refused);
    return told + givenAs(stage, step, reply.value);
  },

  async backup(stage, step) {
    const { id } = instanceOf(stage, step);
    const taken = await stage.client.createBackup({ instance: id });
    stage.answers.set(step.value as string, taken);
    return `${taken.id} has ${String(taken.keys)} keys`;
  },

  async restore(stage, step) {
    const { id } = instanceOf(stage, step);
    const { id: backup } = stage.answers.get(step.value as string) as { readonly id: string };
    const { state } = await stage.client.restoreInstance({ instance: id, backup });
    return `all data is that of ${backup}; it is ${state}`;
  },

  async load(stage, step) {
    const { id } = instanceOf(stage, step);
    const { load } = await stage.client.loadInstance({ id, ...(step.value as object) });
    givenAs(stage, step, load);
    return `${String(load.commands)} commands, ${String(load.refused)} of them refused`;
  },

  async application(stage, step) {
    const { id } = instanceOf(stage, step);
    const { running } = await stage.client.describeApplication({ id });
    // One that runs goes on: those who watch it see no gap.
    if (step.value === 'start' && !running) await stage.client.startApplication({ id });
    else if (step.value === 'stop') await stage.client.stopApplication({ id });
    return `the application ${step.value === 'start' ? 'starts' : 'stops'}`;
  },

  async pause({ pace }, { value }) {
    if (pace !== null) await waitReal(parseDuration('pause', value as string));
    return '';
  },

  async expect(stage, step) {
    const { id } = instanceOf(stage, step);
    const expected = resolved(step.value, stage.answers) as Readonly<Record<string, unknown>>;
    const { balance, happened = [], ...fields } = expected;
    const instance = await stage.client.describeInstanceAttribute({ id });
    for (const [field, wanted] of Object.entries(fields)) {
      const is = (instance as Readonly<Record<string, unknown>>)[field];
      // Of a refusal, how its line begins.
      const isRefusal =
        (field === 'reads' || field === 'writes') &&
        typeof wanted === 'string' &&
        String(is).startsWith(wanted);
      if (!isRefusal && !isLike(is, wanted))
        throw differs(`${field} of ${instance.name}`, wanted, is);
    }
    if (balance !== undefined) await expectBalance(stage, balance);
    for (const type of [happened].flat() as string[]) await expectEvent(stage, instance, type);
    return Object.entries(expected)
      .map(([field, wanted]) => `${field} ${shown(wanted)}`)
      .join(', ');
  },

  async do(stage, step) {
    const name = step.value as string;
    const given = resolved(step.beside.with ?? {}, stage.answers);
    const method = `${name.charAt(0).toLowerCase()}${name.slice(1)}` as keyof ActionClient;
    const call = stage.client[method] as (input: unknown) => Promise<unknown>;
    const answer = await call(given);
    if (step.beside.as !== undefined) stage.answers.set(step.beside.as, answer);
    const told = givenAs(stage, step, answer);
    return step.beside.gives === undefined ? `${name} is done` : `${name} -> ${told}`;
  },
};

/** The instance that a step is about. */
function instanceOf({ answers, current }: Stage, { beside }: Step): InstanceView {
  return answers.get(beside.instance ?? current) as InstanceView;
}

/** Throws NotAsExpected where another answer was wanted. */
function givenAs({ answers }: Stage, { beside }: Step, value: unknown): string {
  if (beside.fails !== undefined) throw differs('the answer', `refused: ${beside.fails}`, value);
  const wanted = resolved(beside.gives, answers);
  if (beside.gives !== undefined && !isLike(value, wanted))
    throw differs('the answer', wanted, value);
  return shown(value);
}

/** Throws NotAsExpected where it should not have been refused, or otherwise. */
export function refusedAs({ beside }: Step, code: string, message: string): string {
  if (beside.fails === undefined) throw new NotAsExpected(`it was refused: ${message}`);
  if (!code.startsWith(beside.fails)) throw differs('the refusal', beside.fails, code);
  return `refused, as expected: ${message}`;
}

async function expectBalance({ client, account }: Stage, wanted: unknown): Promise<void> {
  const { balance } = await client.getAccount({ account });
  if (Number(balance) === Number(wanted)) return;
  throw differs('the balance', wanted, balance);
}

async function expectEvent({ client }: Stage, { id, name }: InstanceView, type: string) {
  const { events } = await client.listEvents({ instance: id, type, limit: 1 });
  if (events.length === 0) throw differs(`what happened to ${name}`, type, 'nothing of that type');
}

function differs(what: string, wanted: unknown, is: unknown): NotAsExpected {
  return new NotAsExpected(`${what} should be ${shown(wanted)}, and is ${shown(is)}`);
}
