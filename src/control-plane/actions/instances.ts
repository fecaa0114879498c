/** What the customer buys. */
import { Type, type Static } from 'typebox';
import {
  COMMAND_PROFILES,
  DEFAULT_COMMAND_PROFILE,
  type CommandProfileName,
} from '../core/commands-not-open.js';
import { changeAuthMode, changePassword, rename } from '../core/instance-changes.js';
import type { Draft } from '../core/draft.js';
import { invalidInput, SimulatorError } from '../core/errors.js';
import { mistakes, termsIdOf, withConditions } from '../core/own-terms.js';
import { checkPassword, type PasswordHash } from '../core/password-rules.js';
import { parseSecurityIps, whitelistOf } from '../core/whitelist.js';
import { hashPassword } from '../passwords.js';
import { DEFAULT_INSTANCE_CLASS } from '../core/instance-classes.js';
import { CHARGE_TYPES, DEFAULT_TERMS, TERMS } from '../core/terms.js';
import {
  DEFAULT_WIRE_PROFILE,
  WIRE_PROFILES,
  type WireProfileName,
} from '../core/wire-profiles.js';
import { factsOf, STATUSES, type StateFacts } from '../core/state-facts.js';
import {
  DEFAULT_ACCOUNT,
  releaseInstance,
  requestInstance,
  type InstanceRequest,
} from '../core/decisions.js';
import { requestFromBackup } from '../core/restoring.js';
import { orderInstance, payOrder } from '../core/order-kinds.js';
import { areMistakes } from '../schema-mistakes.js';
import { readConditions } from '../terms-file.js';
import { defineAction, type About } from './action.js';
import { FROM_BACKUP_FIELDS, fromBackupOf } from './from-backup.js';
import { NEW_CEILINGS } from './ceiling-fields.js';
import { initially } from './initially.js';
import { json } from './json-field.js';
import { secret } from './secret.js';
import { SUBSCRIPTION_FIELDS, subscriptionOf } from './terms-of-payment.js';
import { instanceView, viewInstance } from './views.js';
import { whyOf, whyView } from './why.js';

export const id = Type.String({ minLength: 1, description: "The instance's id, such as r-1" });
const NAME_MAX = 80;
export const PASSWORD_RULE =
  '8 to 32 characters, of at least three kinds: upper case, lower case, digits, !@#$%^&*()_+-=';

function oneOf<Name extends string>(table: Record<Name, unknown>, initial: Name, what: string) {
  const names = Object.keys(table) as Name[];
  return initially(Type.Enum(names, { description: what }), initial);
}

/** What can be said of a new instance. */
export const INSTANCE_FIELDS = {
  name: initially(
    Type.String({ maxLength: NAME_MAX, description: 'A name for people; the id by default' }),
    '',
  ),
  account: initially(Type.String({ description: 'Who pays' }), DEFAULT_ACCOUNT),
  instanceClass: initially(
    Type.String({ description: 'Size, ceilings and price, such as redis.master.small.default' }),
    DEFAULT_INSTANCE_CLASS,
  ),
  port: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description:
        "The endpoint's port; 0 lets the system choose; by default the next free one from 6400",
    }),
  ),
  host: Type.Optional(
    Type.String({ minLength: 1, description: 'The address to listen on; loopback by default' }),
  ),
  wireProfile: oneOf<WireProfileName>(
    WIRE_PROFILES,
    DEFAULT_WIRE_PROFILE,
    'Whose error lines clients see',
  ),
  terms: initially(
    Type.String({
      minLength: 1,
      description: `The commercial rules: ${Object.keys(TERMS).join(', ')}, or a name of your own`,
    }),
    DEFAULT_TERMS,
  ),
  conditions: Type.Optional(
    json('What this order agrees on, in place of what the terms say: parts of them (11.1)'),
  ),
  chargeType: initially(
    Type.Enum([...CHARGE_TYPES], {
      description: 'PostPaid: pay-as-you-go, by the hour; PrePaid: a subscription, by the month',
    }),
    'PostPaid',
  ),
  ...SUBSCRIPTION_FIELDS,
  password: Type.Optional(secret(`Of the default account: ${PASSWORD_RULE}; none by default`)),
  passwordFree: Type.Optional(
    Type.Boolean({
      description:
        'Clients need not log in; so it is by default where no password is given, and not where one is',
    }),
  ),
  securityIps: Type.Optional(
    Type.String({
      description:
        'Who may connect: addresses and ranges by comma, such as 10.0.0.0/8,::1; by default what --security-ips says',
    }),
  ),
  commandProfile: oneOf<CommandProfileName>(
    COMMAND_PROFILES,
    DEFAULT_COMMAND_PROFILE,
    'Which commands are open to clients',
  ),
  ...NEW_CEILINGS,
};

export const CreateInstance = defineAction({
  name: 'CreateInstance',
  method: 'POST',
  path: '/v1/instances',
  summary:
    'Create an instance, pay-as-you-go or as a subscription that is paid at once; answers when its Redis does.',
  cli: { command: 'instance create' },
  input: Type.Object({ ...INSTANCE_FIELDS, ...FROM_BACKUP_FIELDS }),
  output: instanceView,
  async run({ controlPlane, about }, input) {
    const subscription = subscriptionOf(input, input.chargeType);
    const requested = requestOf(about, input);
    const from = await fromBackupOf(controlPlane, input);
    const id = await controlPlane.decide((draft) => {
      const request = requested(draft);
      if (from !== null) return requestFromBackup(draft, request, from);
      return subscription === null
        ? requestInstance(draft, request)
        : payOrder(draft, orderInstance(draft, request, subscription).id);
    });
    return viewInstance(controlPlane.instance(id), controlPlane);
  },
});

/**
 * What an instance shall be: of CreateInstance, and of an order. Throws InvalidInput, InvalidPasswordMalformed,
 * TermsNotValid; and UnknownTerms when it is decided.
 */
export function requestOf(
  about: About,
  input: Static<typeof CreateInstance.input>,
): (draft: Draft) => InstanceRequest {
  const conditions = input.conditions === undefined ? {} : readConditions(input.conditions);
  if (areMistakes(conditions)) throw new SimulatorError('TermsNotValid', mistakes(conditions));
  const password = input.password === undefined ? null : hashed('password', input.password);
  const securityIps =
    input.securityIps === undefined ? about.securityIps : parseSecurityIps(input.securityIps);
  return (draft) => ({
    name: input.name,
    accountId: input.account,
    instanceClass: input.instanceClass,
    terms: withConditions(draft, termsIdOf(draft.world, input.terms), conditions),
    chargeType: input.chargeType,
    wireProfile: input.wireProfile,
    host: input.host ?? about.endpointHost,
    port: input.port ?? null,
    password,
    passwordFree: input.passwordFree ?? password === null,
    whitelist: whitelistOf(securityIps),
    commandProfile: input.commandProfile,
    parameters: {},
    memory: input.memory ?? null,
    connections: input.connections ?? null,
    newConnections: input.newConnections ?? null,
    bandwidth: input.bandwidth ?? null,
    cpu: input.cpu ?? null,
  });
}

export const DescribeInstances = defineAction({
  name: 'DescribeInstances',
  method: 'GET',
  path: '/v1/instances',
  summary: 'List the instances.',
  cli: { command: 'instance list' },
  input: Type.Object({
    all: initially(
      Type.Boolean({ description: 'Also those that were released or deleted' }),
      false,
    ),
    status: Type.Optional(
      Type.Enum([...STATUSES], { description: "Only those of this status, the vendor's word" }),
    ),
  }),
  output: Type.Object({ instances: Type.Array(instanceView) }),
  run({ controlPlane }, input) {
    const { world } = controlPlane;
    const wanted = ({ status, backend }: StateFacts) =>
      input.status === undefined ? input.all || backend === 'up' : status === input.status;
    const shown = [...world.instances.values()].filter((one) => wanted(factsOf(one)));
    return { instances: shown.map((one) => viewInstance(one, controlPlane)) };
  },
});

export const DescribeInstanceAttribute = defineAction({
  name: 'DescribeInstanceAttribute',
  method: 'GET',
  path: '/v1/instances/:id',
  summary:
    'Show an instance: its state and why it is so, what clients may do, and what comes next. A deleted one is still on record.',
  cli: { command: 'instance show', positional: ['id'] },
  input: Type.Object({ id }),
  output: Type.Object({ ...instanceView.properties, why: whyView }),
  run({ controlPlane, store }, input) {
    const view = viewInstance(controlPlane.instance(input.id), controlPlane);
    return { ...view, why: whyOf(store, input.id) };
  },
});

export const DeleteInstance = defineAction({
  name: 'DeleteInstance',
  method: 'DELETE',
  path: '/v1/instances/:id',
  summary:
    'Release a pay-as-you-go instance: its endpoint and its Redis end, and its data goes to the recycle bin. The hour that was started is charged.',
  cli: { command: 'instance delete', positional: ['id'] },
  input: Type.Object({ id }),
  output: instanceView,
  async run({ controlPlane }, input) {
    const deleted = await controlPlane.changeInstance(input.id, (draft) =>
      releaseInstance(draft, input.id),
    );
    return viewInstance(deleted, controlPlane);
  },
});

export const ModifyInstanceAttribute = defineAction({
  name: 'ModifyInstanceAttribute',
  method: 'POST',
  path: '/v1/instances/:id/attribute',
  summary:
    'Change the name of an instance, or the password of its default account. Whether clients have to log in stays as it is.',
  cli: { command: 'instance modify', positional: ['id'] },
  input: Type.Object({
    id,
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: NAME_MAX, description: 'A name for people' }),
    ),
    newPassword: Type.Optional(secret(`Of the default account: ${PASSWORD_RULE}`)),
  }),
  output: instanceView,
  async run({ controlPlane }, input) {
    const { name } = input;
    if (name === undefined && input.newPassword === undefined) {
      const wayOut = 'Give name, newPassword, or both';
      throw invalidInput('name', undefined, 'there is nothing to change', wayOut);
    }
    const password =
      input.newPassword === undefined ? null : hashed('newPassword', input.newPassword);
    const changed = await controlPlane.changeInstance(input.id, (draft) => {
      if (password !== null) changePassword(draft, input.id, password);
      if (name !== undefined) rename(draft, input.id, name);
    });
    return viewInstance(changed, controlPlane);
  },
});

export const ModifyInstanceVpcAuthMode = defineAction({
  name: 'ModifyInstanceVpcAuthMode',
  method: 'PUT',
  path: '/v1/instances/:id/vpc-auth-mode',
  summary:
    'Say whether clients have to log in: Open asks them for a password, Close does not. In both, a password that is given must be right.',
  cli: { command: 'instance auth-mode', positional: ['id', 'vpcAuthMode'] },
  input: Type.Object({
    id,
    vpcAuthMode: Type.Enum(['Open', 'Close'], {
      description: 'Open: a password is needed; Close: password-free',
    }),
  }),
  output: instanceView,
  async run({ controlPlane }, input) {
    const changed = await controlPlane.changeInstance(input.id, (draft) =>
      changeAuthMode(draft, input.id, input.vpcAuthMode === 'Close'),
    );
    return viewInstance(changed, controlPlane);
  },
});

export function hashed(field: string, password: string): PasswordHash {
  checkPassword(password, field, 'InvalidPasswordMalformed');
  return hashPassword(password);
}
