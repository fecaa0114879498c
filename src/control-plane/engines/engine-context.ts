/** What every engine is given: who it works for, and how a backend's password comes about. */
import { createHash, createHmac } from 'node:crypto';

export interface EngineContext {
  /** Names this simulator's containers and files apart from another's. */
  readonly simulatorId: string;
  /** Kept with the state, known to nobody else; passwords derive from it, so none is stored. */
  readonly secret: string;
  readonly log: (line: string) => void;
}

export function passwordOf(context: EngineContext, instanceId: string): string {
  return createHmac('sha256', context.secret).update(`backend ${instanceId}`).digest('hex');
}

/** What Redis is told of a password: the hash is enough for it, and CONFIG GET requirepass shows nothing. */
export function aclRuleOf(password: string): string[] {
  const hash = createHash('sha256').update(password).digest('hex');
  return ['default', 'on', `#${hash}`, '~*', '&*', '+@all'];
}
