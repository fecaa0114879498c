/** What the customer buys. */
import { Type } from 'typebox';
import { DEFAULT_INSTANCE_CLASS } from '../core/instance-classes.js';
import { DEFAULT_TERMS, TERMS, type TermsName } from '../core/terms.js';
import {
  DEFAULT_WIRE_PROFILE,
  WIRE_PROFILES,
  type WireProfileName,
} from '../core/wire-profiles.js';
import { livingInstances } from '../core/world.js';
import { DEFAULT_ACCOUNT } from '../core/decisions.js';
import { defineAction } from './action.js';
import { initially } from './initially.js';
import { instanceView, viewInstance } from './views.js';

const id = Type.String({ minLength: 1, description: "The instance's id, such as r-1" });

function oneOf<Name extends string>(table: Record<Name, unknown>, initial: Name, what: string) {
  const names = Object.keys(table) as Name[];
  return initially(Type.Enum(names, { description: what }), initial);
}

export const CreateInstance = defineAction({
  name: 'CreateInstance',
  method: 'POST',
  path: '/v1/instances',
  summary: 'Create a pay-as-you-go instance; answers when its Redis does.',
  cli: { command: 'instance create' },
  input: Type.Object({
    name: initially(
      Type.String({ maxLength: 80, description: 'A name for people; the id by default' }),
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
    terms: oneOf<TermsName>(TERMS, DEFAULT_TERMS, 'The commercial rules'),
  }),
  output: instanceView,
  async run({ controlPlane, about }, input) {
    const instance = await controlPlane.createInstance({
      name: input.name,
      accountId: input.account,
      instanceClass: input.instanceClass,
      terms: input.terms,
      wireProfile: input.wireProfile,
      host: input.host ?? about.endpointHost,
      port: input.port ?? null,
    });
    return viewInstance(instance);
  },
});

export const DescribeInstances = defineAction({
  name: 'DescribeInstances',
  method: 'GET',
  path: '/v1/instances',
  summary: 'List the instances.',
  cli: { command: 'instance list' },
  input: Type.Object({
    all: initially(Type.Boolean({ description: 'Also those that were deleted' }), false),
  }),
  output: Type.Object({ instances: Type.Array(instanceView) }),
  run({ controlPlane }, input) {
    const { world } = controlPlane;
    const shown = input.all ? [...world.instances.values()] : livingInstances(world);
    return { instances: shown.map(viewInstance) };
  },
});

export const DescribeInstanceAttribute = defineAction({
  name: 'DescribeInstanceAttribute',
  method: 'GET',
  path: '/v1/instances/:id',
  summary:
    'Show an instance: its state, what clients may do, and what comes next. A deleted one is still on record.',
  cli: { command: 'instance show', positional: ['id'] },
  input: Type.Object({ id }),
  output: instanceView,
  run({ controlPlane }, input) {
    return viewInstance(controlPlane.instance(input.id));
  },
});

export const DeleteInstance = defineAction({
  name: 'DeleteInstance',
  method: 'DELETE',
  path: '/v1/instances/:id',
  summary: 'Delete an instance and its data for good. The hour that was started is charged.',
  cli: { command: 'instance delete', positional: ['id'] },
  input: Type.Object({ id }),
  output: instanceView,
  async run({ controlPlane }, input) {
    return viewInstance(await controlPlane.deleteInstance(input.id));
  },
});
