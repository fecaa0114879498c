import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startSimulator } from '../../src/index.js';

const CLIENTS = 6;
/** The line itself, or what a transaction says that one of whose commands was refused with it. */
const REFUSALS = ["NOWRITE You can't write against a non-write redis", 'EXECABORT'];
/** Times to the freeze and back. */
const ROUNDS = 5;

interface Load {
  /** The highest number that Redis acknowledged to this client. */
  acknowledged: number;
  refused: number;
  others: string[];
}

/** Counts a key of its own up as fast as it can, several commands in flight, by a different path for each client. */
const WRITERS: readonly ((redis: Redis, key: string) => Promise<unknown>)[] = [
  (redis, key) => redis.incr(key),
  (redis, key) => redis.eval("return redis.call('incr', KEYS[1])", 1, key),
  (redis, key) => redis.multi().incr(key).exec().then(lastReply),
  (redis, key) => redis.pipeline().get(key).incr(key).exec().then(lastReply),
];

/** ioredis gives the replies of a transaction or pipeline as pairs. */
function lastReply(replies: [Error | null, unknown][] | null): unknown {
  const [error, value] = replies?.at(-1) ?? [new Error('no replies'), null];
  if (error) throw error;
  return value;
}

async function writeUntil(
  stopped: AbortSignal,
  redis: Redis,
  key: string,
  load: Load,
  writer: number,
) {
  const write = WRITERS[writer % WRITERS.length];
  const one = async () => {
    while (!stopped.aborted) {
      try {
        const reply = Number(await write?.(redis, key));
        load.acknowledged = Math.max(load.acknowledged, reply);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (REFUSALS.some((words) => message.includes(words))) load.refused += 1;
        else load.others.push(message);
      }
    }
  };
  await Promise.all([one(), one(), one()]);
}

test('once the advance has returned, no write is acknowledged to any of several writing clients', async () => {
  await using sim = await startSimulator({ engine: 'process' });
  const { port } = await sim.createInstance();
  const stop = new AbortController();
  const loads: Load[] = Array.from({ length: CLIENTS }, () => ({
    acknowledged: 0,
    refused: 0,
    others: [],
  }));
  const clients = loads.map(() => new Redis(port ?? 0));
  const writing = loads.map((load, i) =>
    writeUntil(stop.signal, clients[i] as Redis, `count-${String(i)}`, load, i),
  );
  const reader = new Redis(port ?? 0);
  const values = () => reader.mget(loads.map((_, i) => `count-${String(i)}`));

  for (let round = 0; round < ROUNDS; round += 1) {
    const before = loads.map(({ acknowledged }) => acknowledged);
    await until('every client writes', () =>
      loads.every((load, i) => load.acknowledged > (before[i] ?? 0) + 20),
    );
    await sim.setAccountBalance({ balance: 0 });
    await sim.advanceClock({ by: '26h' });
    const atReturn = await values();
    // The clients go on trying, and each of them is told so.
    const refused = loads.map((load) => load.refused);
    await until('every client is refused', () =>
      loads.every((load, i) => load.refused > (refused[i] ?? 0) + 20),
    );
    expect(await values()).toEqual(atReturn);
    // Everybody was told of all that is there, and of nothing else: a refusal came after the last acknowledgement.
    expect(loads.map(({ acknowledged }) => String(acknowledged))).toEqual(atReturn);
    await sim.topUpAccount({ amount: 100 });
  }

  stop.abort();
  await Promise.all(writing);
  // The connections stayed open through every freeze and thaw.
  expect(loads.flatMap(({ others }) => others)).toEqual([]);
  expect(clients.map(({ status }) => status)).toEqual(clients.map(() => 'ready'));
  for (const client of [...clients, reader]) client.disconnect();
});

async function until(what: string, isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { timeout: 30_000, message: what }).toBe(true);
}
