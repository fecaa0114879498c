/** From where clients may come. */
import { Type } from 'typebox';
import {
  DEFAULT_GROUP,
  MODIFY_MODES,
  modifySecurityIps,
  parseSecurityIps,
  type SecurityIpGroup,
} from '../core/whitelist.js';
import { defineAction } from './action.js';
import { initially } from './initially.js';
import { id } from './instances.js';
import { securityIpGroupView } from './access-views.js';

const output = Type.Object({ groups: Type.Array(securityIpGroupView) });

export const DescribeSecurityIps = defineAction({
  name: 'DescribeSecurityIps',
  method: 'GET',
  path: '/v1/instances/:id/security-ips',
  summary: 'Show the whitelist of an instance: who is in any group may connect.',
  cli: { command: 'whitelist show', positional: ['id'] },
  input: Type.Object({ id }),
  output,
  run({ controlPlane }, input) {
    return viewWhitelist(controlPlane.instance(input.id));
  },
});

export const ModifySecurityIps = defineAction({
  name: 'ModifySecurityIps',
  method: 'POST',
  path: '/v1/instances/:id/security-ips',
  summary: 'Change a group of the whitelist. It is asked when a client connects.',
  cli: { command: 'whitelist modify', positional: ['id', 'securityIps'] },
  input: Type.Object({
    id,
    securityIps: Type.String({
      description:
        'Addresses and ranges by comma: 10.0.0.1,192.168.0.0/16,fd00::/8; 0.0.0.0/0 is all of IPv4',
    }),
    groupName: initially(
      Type.String({ description: 'A new group is made, one that is emptied is gone' }),
      DEFAULT_GROUP,
    ),
    modifyMode: initially(
      Type.Enum([...MODIFY_MODES], {
        description: 'Cover: these and no others; Append: these too; Delete: these no more',
      }),
      'Cover',
    ),
  }),
  output,
  async run({ controlPlane }, input) {
    const addresses = parseSecurityIps(input.securityIps);
    const request = { group: input.groupName, mode: input.modifyMode, addresses };
    const changed = await controlPlane.changeInstance(input.id, (draft) =>
      modifySecurityIps(draft, input.id, request),
    );
    return viewWhitelist(changed);
  },
});

function viewWhitelist({ whitelist }: { readonly whitelist: readonly SecurityIpGroup[] }) {
  const groups = whitelist.map(({ name, addresses }) => ({
    groupName: name,
    securityIps: [...addresses],
  }));
  return { groups };
}
