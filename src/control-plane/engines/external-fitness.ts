/** Whether a Redis that somebody else runs can be an instance: nothing of it is changed by asking. */
import { problemOf } from '../core/errors.js';
import type { RedisControl } from './redis-control.js';

export interface Unusable {
  readonly problem: string;
  readonly wayOut: string;
}

/** Why an instance's users could not be made there, or null. */
export async function withoutUsers(endUsers: () => Promise<void>): Promise<Unusable | null> {
  try {
    await endUsers();
    return null;
  } catch (error) {
    return {
      problem: `ACL is not possible there (${problemOf(error)})`,
      wayOut: 'Give a user that may run ACL USERS, ACL SETUSER and ACL DELUSER, or another Redis',
    };
  }
}

/** Why an instance with a password could not be there, or null: whoever is connected to it has rights without a password. */
export async function letsEverybodyIn(control: RedisControl): Promise<Unusable | null> {
  if (!(await control.needsNoPassword())) return null;
  return {
    problem: 'it needs no password of anybody, and the instance is to have one',
    wayOut:
      'Give it one (requirepass) and say it in --external redis://default:password@host:port, or take the instance without',
  };
}

/** Why writes could not be stopped there as an instance's must be, or null. Changes nothing. */
export async function unusable(control: RedisControl): Promise<Unusable | null> {
  const replication = await control.info('replication');
  if (!replication.includes('role:master')) {
    return { problem: 'it is a replica', wayOut: 'Give the address of its primary' };
  }
  if (!/^connected_slaves:0\s*$/m.test(replication)) {
    return {
      problem: 'it has replicas, with which min-replicas-to-write would not stop its writes',
      wayOut: 'Give one without replicas',
    };
  }
  const settings = ['min-replicas-to-write', 'min-replicas-max-lag'] as const;
  try {
    const [wanted, lag] = await Promise.all(settings.map((name) => control.configValue(name)));
    if (wanted !== '0') {
      return {
        problem: `its min-replicas-to-write is ${String(wanted)}, and Frostgate needs that setting for itself`,
        wayOut: 'If nobody else wants it: CONFIG SET min-replicas-to-write 0',
      };
    }
    if (lag === '0') {
      return {
        problem: 'its min-replicas-max-lag is 0, which switches min-replicas-to-write off',
        wayOut: 'CONFIG SET min-replicas-max-lag 10',
      };
    }
    await control.refuseWrites(false); // as it is: only to see whether it may be set
  } catch (error) {
    return {
      problem: `CONFIG is not possible there (${problemOf(error)})`,
      wayOut: 'Give a user that may run CONFIG GET and CONFIG SET, or another Redis',
    };
  }
  try {
    await control.witness();
    return null;
  } catch (error) {
    return {
      problem: `its data could not follow virtual time (${problemOf(error)})`,
      wayOut:
        'Give a user that may run EVAL, SCAN, SELECT, PEXPIRETIME and PEXPIREAT, or another Redis',
    };
  }
}
