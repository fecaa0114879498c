/** What every engine is given: who it works for, and how a backend's password comes about. */
import { createHash, createHmac } from 'node:crypto';
import type { BackendLogin } from '../../server/index.js';
import type { BackendUser } from '../ports.js';

export interface EngineContext {
  /** Names this simulator's containers and files apart from another's. */
  readonly simulatorId: string;
  /** Kept with the state, known to nobody else; passwords derive from it, so none is stored. */
  readonly secret: string;
  readonly log: (line: string) => void;
}

/** Enough of a simulator's id to tell it from others. */
const ID_LENGTH = 8;

export function passwordOf(context: EngineContext, instanceId: string): string {
  return createHmac('sha256', context.secret).update(`backend ${instanceId}`).digest('hex');
}

/** What Redis is told of a password: the hash is enough for it, and CONFIG GET requirepass shows nothing. */
export function aclRuleOf(password: string): string[] {
  return ['default', 'on', hashOf(password), '~*', '&*', '+@all'];
}

/** Names of the users that we make begin with it, and nobody else's do: not those of another simulator either. */
export function userPrefixOf(context: EngineContext, instanceId: string): string {
  return `frostgate:${context.simulatorId.slice(0, ID_LENGTH)}:${instanceId}:`;
}

/** How a user of an instance is known to its Redis. */
export function userLoginOf(
  context: EngineContext,
  instanceId: string,
  name: string,
): BackendLogin {
  const password = createHmac('sha256', context.secret)
    .update(`backend ${instanceId} user ${name}`)
    .digest('hex');
  return { username: `${userPrefixOf(context, instanceId)}${name}`, password };
}

/** The whole user anew, so that nothing is left of what it was; the same rules twice change nothing for its clients. */
export function userRulesOf(
  { username, password }: BackendLogin,
  { readOnly }: BackendUser,
): string[] {
  const allowed = readOnly ? ['+@all', '-@write', '-@admin'] : ['+@all'];
  return [username, 'reset', 'on', hashOf(password), '~*', '&*', ...allowed];
}

function hashOf(password: string): string {
  return `#${createHash('sha256').update(password).digest('hex')}`;
}
