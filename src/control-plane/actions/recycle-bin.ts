/** What was released: kept for a while, made into a new instance, or destroyed. */
import { Type } from 'typebox';
import { destroyInstance } from '../core/decisions.js';
import { releasedInstances, requestRebuild } from '../core/recycle-bin.js';
import { parseSecurityIps, whitelistOf } from '../core/whitelist.js';
import { defineAction } from './action.js';
import { CreateInstance, hashed, id } from './instances.js';
import { instanceView, viewInstance } from './views.js';

export const DescribeRecycleBin = defineAction({
  name: 'DescribeRecycleBin',
  method: 'GET',
  path: '/v1/recycle-bin',
  summary: 'List the released instances whose data is kept, and until when.',
  cli: { command: 'recyclebin list' },
  input: Type.Object({}),
  output: Type.Object({ instances: Type.Array(instanceView) }),
  run({ controlPlane }) {
    const released = releasedInstances(controlPlane.world);
    return { instances: released.map((one) => viewInstance(one, controlPlane)) };
  },
});

const { name, port, password, passwordFree, securityIps } = CreateInstance.input.properties;

export const RebuildInstance = defineAction({
  name: 'RebuildInstance',
  method: 'POST',
  path: '/v1/instances/:id/rebuild',
  summary:
    'Make a new pay-as-you-go instance with all data of a released one, of its class and under its terms. Whitelist, passwords and parameters are those of a new instance; the port is the old one, where no other instance has it.',
  cli: { command: 'instance rebuild', positional: ['id'] },
  input: Type.Object({ id, name, port, password, passwordFree, securityIps }),
  output: instanceView,
  async run({ controlPlane, about }, input) {
    const hash = input.password === undefined ? null : hashed('password', input.password);
    const addresses =
      input.securityIps === undefined ? about.securityIps : parseSecurityIps(input.securityIps);
    const into = await controlPlane.decide((draft) =>
      requestRebuild(draft, input.id, {
        ...{ name: input.name, port: input.port ?? null, password: hash, parameters: {} },
        passwordFree: input.passwordFree ?? hash === null,
        whitelist: whitelistOf(addresses),
      }),
    );
    return viewInstance(controlPlane.instance(into), controlPlane);
  },
});

export const DestroyInstance = defineAction({
  name: 'DestroyInstance',
  method: 'POST',
  path: '/v1/instances/:id/destroy',
  summary:
    'End an instance and delete its data at once and for good, out of the recycle bin or not. The hour that was started is charged; nothing is refunded.',
  cli: { command: 'instance destroy', positional: ['id'] },
  input: Type.Object({ id }),
  output: instanceView,
  async run({ controlPlane }, input) {
    const destroyed = await controlPlane.changeInstance(input.id, (draft) =>
      destroyInstance(draft, input.id),
    );
    return viewInstance(destroyed, controlPlane);
  },
});
