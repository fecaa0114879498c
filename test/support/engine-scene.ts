/** An instance of an engine with a client of its Redis, and something of everything to put into it. */
import type { Redis } from 'ioredis';
import type { Backend, Engine } from '../../src/control-plane/ports.js';
import { connectTo, specOf } from './backends.js';
import type { EngineUnderTest } from './engines.js';

/** Something of each type and encoding. ARGV: the seconds that each is to live, or nothing. */
export const EVERYTHING = `
  local call = redis.call
  call('SET', 'int', 12) call('SET', 'raw', string.rep('x', 1000)) call('SETBIT', 'bits', 77, 1)
  for at = 1, 1000 do
    call('RPUSH', 'long list', at) call('HSET', 'big hash', at, at) call('SADD', 'numbers', at)
    call('ZADD', 'big zset', at, 'm' .. at) call('PFADD', 'hll', at)
  end
  call('RPUSH', 'list', 'a', 'b') call('HSET', 'hash', 'a', 'b') call('SADD', 'set', 'a', 'b') call('ZADD', 'zset', 1, 'a')
  call('XADD', 'stream', '1-1', 'field', 'value')
  if ARGV[1] ~= '' then for _, key in ipairs(call('KEYS', '*')) do call('EXPIRE', key, ARGV[1]) end end
  call('SET', 'for ever', 'value')`;

/** An instance with a connection of a client, and what crashes it. */
export class Scene implements AsyncDisposable {
  private constructor(
    private readonly lab: Awaited<ReturnType<EngineUnderTest['lab']>>,
    readonly engine: Engine,
    readonly backend: Backend,
    readonly redis: Redis & Disposable,
  ) {}

  static async open(newLab: EngineUnderTest['lab']): Promise<Scene> {
    const lab = await newLab();
    const engine = await lab.open();
    const backend = await engine.up(specOf('r-1'));
    return new Scene(lab, engine, backend, connectTo(backend));
  }

  crash(): Promise<void> {
    return this.lab.crash('r-1', this.backend);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis[Symbol.dispose]();
    await this.lab[Symbol.asyncDispose]();
  }
}

/** Everything but the expiries: order of keys, encodings, values. */
export async function dump(redis: Redis): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let database = 0; database < 16; database += 1) {
    await redis.select(database);
    for (const key of await redis.keys('*')) {
      const value = await redis.dumpBuffer(key);
      const encoding = await redis.object('ENCODING', key);
      found.push([database, key, encoding, value.toString('base64'), (await redis.pttl(key)) > 0]);
    }
  }
  return found;
}
