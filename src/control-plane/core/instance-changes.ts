/** Changes of what an instance is, but for its accounts, whitelist and parameters. Pure: they write into a draft and nowhere else. */
import type { Draft } from './draft.js';
import { SimulatorError } from './errors.js';
import { STATES } from './lifecycle.js';
import type { PasswordHash } from './password-rules.js';
import { factsOf } from './state-facts.js';
import type { Instance } from './world.js';

/** Clause 3.1.5 (the second of that number): passwords are the customer's. */
export const CLAUSE_PASSWORDS = '3.1.5';

/** The instance, where its state lets customers change it. Throws InstanceNotFound, IncorrectDBInstanceState. */
export function changeableInstance(draft: Draft, id: string, action: string): Instance {
  const instance = draft.instance(id);
  if (factsOf(instance).changeable) return instance;
  const legal = STATES.filter((state) => factsOf({ ...instance, state }).changeable).join(' or ');
  throw new SimulatorError('IncorrectDBInstanceState', {
    id,
    state: instance.state,
    action,
    legal,
  });
}

/** Clients that are connected stay so; whoever logs in from now on needs the new one. */
export function changePassword(draft: Draft, id: string, password: PasswordHash): void {
  const instance = changeableInstance(draft, id, 'ModifyInstanceAttribute');
  draft.put({ instance: { ...instance, password } });
  draft.event({
    type: 'password-changed',
    accountId: instance.accountId,
    instanceId: id,
    clause: CLAUSE_PASSWORDS,
    text: `password of ${id} changed`,
    data: { account: 'default' },
  });
}

export function rename(draft: Draft, id: string, name: string): void {
  const instance = changeableInstance(draft, id, 'ModifyInstanceAttribute');
  if (instance.name === name) return;
  draft.put({ instance: { ...instance, name } });
  draft.event({
    type: 'instance-renamed',
    accountId: instance.accountId,
    instanceId: id,
    text: `${id} is called ${JSON.stringify(name)}`,
    data: { name },
  });
}

/** The vendor's VpcAuthMode: `Open` asks for a password, `Close` does not. */
export function changeAuthMode(draft: Draft, id: string, passwordFree: boolean): void {
  const instance = changeableInstance(draft, id, 'ModifyInstanceVpcAuthMode');
  if (instance.passwordFree === passwordFree) return;
  draft.put({ instance: { ...instance, passwordFree } });
  draft.event({
    type: 'auth-mode-changed',
    accountId: instance.accountId,
    instanceId: id,
    clause: CLAUSE_PASSWORDS,
    text: passwordFree ? `${id} needs no password any more` : `${id} needs a password from now on`,
    data: { vpcAuthMode: passwordFree ? 'Close' : 'Open' },
  });
}
