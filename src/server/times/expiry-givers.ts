/**
 * Which commands may give an expiry to something that had none, by themselves or by a script. What is not known to be
 * harmless is taken for one that may.
 */
import type { CommandRow } from '../endpoint-spec.js';

const NEVER = Infinity;

/** From how many arguments on. Those that write and are not listed anywhere: always. */
const GIVERS: Readonly<Record<string, number>> = {
  set: 5,
  getex: 3,
  // Not writes by their flags: what is inside counts, or what comes in from elsewhere.
  ...{ eval: 0, evalsha: 0, fcall: 0, exec: 0 },
  ...{ debug: 0, replicaof: 0, slaveof: 0, psync: 0, sync: 0 },
};

/** Writes of Redis that at most move an expiry along with its key, or end it. */
const HARMLESS: ReadonlySet<string> = new Set(
  `append bitfield bitop blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin copy decr decrby del
  flushall flushdb function|delete function|flush function|load function|restore geoadd georadius
  georadiusbymember geosearchstore getdel getset hdel hgetdel hincrby hincrbyfloat hmset hpersist hset hsetnx incr
  incrby incrbyfloat linsert lmove lmpop lpop lpush lpushx lrem lset ltrim migrate move mset msetnx persist pfadd
  pfdebug pfmerge rename renamenx rpop rpoplpush rpush rpushx sadd sdiffstore setbit setnx setrange sinterstore
  smove sort spop srem sunionstore swapdb unlink xack xackdel xadd xautoclaim xclaim xdel xdelex xgroup|create
  xgroup|createconsumer xgroup|delconsumer xgroup|destroy xgroup|setid xreadgroup xsetid xtrim zadd zdiffstore
  zincrby zinterstore zmpop zpopmax zpopmin zrangestore zrem zremrangebylex zremrangebyrank zremrangebyscore
  zunionstore`.split(/\s+/),
);

/** They may keep a client waiting, and what it sent behind them is carried out when that is over. */
const BLOCKING: ReadonlySet<string> = new Set(
  `blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin wait waitaof xread xreadgroup client|pause`.split(
    /\s+/,
  ),
);

/** With how many arguments, the name included, a command may give an expiry; Infinity: never. */
export function givesExpiryFrom({ name, write }: CommandRow): number {
  const known = GIVERS[name.toLowerCase()];
  return known ?? (write && !HARMLESS.has(name.toLowerCase()) ? 0 : NEVER);
}

export function mayBlock({ name }: CommandRow): boolean {
  return BLOCKING.has(name.toLowerCase());
}
