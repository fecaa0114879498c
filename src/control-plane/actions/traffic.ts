/** What the application does, as the endpoint sees it. */
import { Type } from 'typebox';
import { defineAction } from './action.js';
import { id } from './instances.js';
import { nullable } from './views.js';

const count = (description: string) => Type.Integer({ description });

const refusedView = Type.Object({
  command: Type.String({ description: 'In lower case' }),
  line: Type.String({ description: 'The error line that the client got' }),
  count: count('How often'),
});

const trafficView = Type.Object(
  {
    instanceId: Type.String({ description: 'Of which instance' }),
    connections: count('Clients that are connected'),
    newConnections: count('Connections that were let in'),
    refusedConnections: count('Connections that were not'),
    reads: count('Commands that read'),
    writes: count('Commands that write, those that were refused as well'),
    others: count('Commands that do neither'),
    refusedCommands: count('Of all these commands, those that were refused'),
    refusals: Type.Array(refusedView, { description: 'Which ones, and in which words' }),
    retries: count('Refused commands that had been refused on the same connection before'),
    recoveryMs: nullable(
      Type.Number({
        description:
          'From the last time that writes were accepted again to the first one that came, in real milliseconds',
      }),
    ),
  },
  { title: 'A traffic' },
);

export const DescribeTraffic = defineAction({
  name: 'DescribeTraffic',
  method: 'GET',
  path: '/v1/instances/:id/traffic',
  summary:
    'Tell what the application did since the endpoint was opened: commands, refusals by error line, retries, connections, time to recover.',
  cli: { command: 'instance traffic', positional: ['id'] },
  input: Type.Object({ id }),
  output: trafficView,
  async run({ controlPlane }, input) {
    const { port } = controlPlane.instance(input.id);
    const counts = (await controlPlane.traffic()).find((one) => one.instanceId === input.id);
    const none = { connections: 0, newConnections: 0, refusedConnections: 0, retries: 0 };
    const nothing = { reads: 0, writes: 0, others: 0, refusedCommands: 0, recoveryMs: null };
    if (port === null || !counts)
      return { instanceId: input.id, ...none, ...nothing, refusals: [] };
    const { instanceId, connections, newConnections, refusedConnections } = counts;
    const { reads, writes, others, refusedCommands, retries, recoveryMs } = counts;
    return {
      ...{ instanceId, connections, newConnections, refusedConnections },
      ...{ reads, writes, others, refusedCommands, retries, recoveryMs },
      refusals: counts.refusals.map((row) => ({ ...row })),
    };
  },
});
