/**
 * How many clients Redis takes: as many as the door lets in, and ourselves besides. Otherwise Redis would refuse those
 * who may come in, in its own words, and the control plane with them.
 */
import type { Redis } from 'ioredis';
import { problemOf } from '../core/errors.js';

/** Connections of the control plane: settings, meters, ageing, backups, questions of the data plane; and some that are just ending. */
const OURS = 64;
/** What Redis says where the system lets it have no more files (config.c, updateMaxclients). */
const AS_MANY_AS = /try with (\d+)/;

/** Of one Redis. What is wrong with it is news once, and not at each reconciliation. */
export class RoomForClients {
  #told: string | null = null;

  constructor(private readonly redis: Redis) {}

  /**
   * Raises `maxclients` where it is too low, as far as the system lets Redis have files. It is not lowered again: the door
   * counts the clients.
   *
   * @param connections as many as the door lets in; null: it does not count them
   * @returns what to tell where Redis takes fewer of them and that was not told yet, or null
   */
  async make(connections: number | null): Promise<string | null> {
    const fewer = connections === null ? null : await raised(this.redis, connections);
    const before = this.#told;
    this.#told =
      fewer === null
        ? null
        : `Redis takes ${String(fewer)} of ${String(connections)} clients, since it may have no more files open: raise the limit (ulimit -n)`;
    return this.#told === before ? null : this.#told;
  }
}

/** Returns null, or how many of them Redis takes where that is fewer. */
async function raised(redis: Redis, connections: number): Promise<number | null> {
  const wanted = connections + OURS;
  const [, found] = (await redis.config('GET', 'maxclients')) as string[];
  const before = Number(found);
  if (!(before < wanted)) return null;
  try {
    await redis.config('SET', 'maxclients', String(wanted));
    return null;
  } catch (error) {
    const possible = Number(AS_MANY_AS.exec(problemOf(error))?.[1] ?? before);
    if (possible <= before) return before - OURS;
    await redis.config('SET', 'maxclients', String(possible));
    return possible - OURS;
  }
}
