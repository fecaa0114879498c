/** Load on demand: real commands through the endpoint of an instance, so that what follows from it can be provoked. */
import { Type } from 'typebox';
import { parseDuration } from '../core/duration.js';
import { instanceInService } from '../core/case-states.js';
import { invalidInput } from '../core/errors.js';
import type { Load } from '../load-port.js';
import { defineAction } from './action.js';
import { initially } from './initially.js';
import { id } from './instances.js';
import { journey, travelled } from './journey.js';
import { secret } from './secret.js';
import { nullable, reachable } from './views.js';

const COMMANDS_MAX = 200_000;
const CONNECTIONS_MAX = 20_000;
const MB = 1024 ** 2;
const SIZES: Readonly<Record<string, number>> = { KB: 1024, MB, GB: 1024 * MB };
/** 10 GB/s, and 64 GB of data: more than any machine of these days. */
const BYTES_MAX = 64 * 1024 * MB;

const figures = Type.Object(
  {
    seconds: Type.Number({ description: 'For how long it was made (real time)' }),
    commands: Type.Integer({ description: 'How many commands were sent' }),
    refused: Type.Integer({ description: 'How many were answered with an error' }),
    lost: Type.Integer({ description: 'How many got no answer' }),
    refusal: nullable(Type.String({ description: 'The last error' })),
  },
  { description: 'What came of it for its clients' },
);

const LOAD = 'LoadInstance';

export const LoadInstance = defineAction({
  name: LOAD,
  method: 'POST',
  path: '/v1/instances/:id/load',
  summary:
    'Make load on an instance by real commands through its endpoint, for so long in virtual time: a frozen clock is put forward by it. What is read meanwhile is marked as load.',
  cli: { command: 'load', positional: ['id'], interruptible: true },
  input: Type.Object({
    id,
    bandwidth: Type.Optional(
      Type.String({ description: 'Bytes each way, such as 30MB/s: values are written and read' }),
    ),
    commands: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: COMMANDS_MAX,
        description: 'Small commands a second, half of them writes',
      }),
    ),
    connections: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: CONNECTIONS_MAX,
        description: 'Connections that do nothing',
      }),
    ),
    cpu: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 100,
        description: 'Percent of one processor, burnt by scripts',
      }),
    ),
    memory: Type.Optional(
      Type.String({
        description: 'Data that is written, such as 500MB, and taken away at the end',
      }),
    ),
    for: initially(
      Type.String({ description: 'For how long, in virtual time: 10m, 2h, 1d' }),
      '1m',
    ),
    account: Type.Optional(
      Type.String({ minLength: 1, description: 'A database account, in place of the default one' }),
    ),
    password: Type.Optional(secret('Its password, where clients have to log in')),
  }),
  output: Type.Object({ ...journey.properties, load: figures }),
  run(context, input) {
    const { controlPlane, loading } = context;
    const forMs = parseDuration('for', input.for);
    if (forMs === 0) throw invalidInput('for', input.for, 'must be more than nothing', 'Say 10m');
    const load: Load = {
      bytesPerSecond: sizeOf('bandwidth', input.bandwidth, '/s'),
      commandsPerSecond: input.commands ?? 0,
      connections: input.connections ?? 0,
      cpuPercent: input.cpu ?? 0,
      memoryBytes: sizeOf('memory', input.memory, ''),
    };
    if (Object.values(load).every((one) => one === 0)) {
      const wayOut = 'Give bandwidth, commands, connections, cpu or memory';
      throw invalidInput('bandwidth', undefined, 'there is nothing to do', wayOut);
    }
    const { host, port } = controlPlane.read((draft) => instanceInService(draft, input.id, LOAD));
    const { account: username = null, password = null } = input;
    const where = { instanceId: input.id, host: reachable(host), port: port ?? 0 };
    return travelled(context, async () => {
      const came = await loading.make({ ...load, ...where, username, password }, forMs);
      return { load: came };
    });
  },
});

export const StopLoad = defineAction({
  name: 'StopLoad',
  method: 'DELETE',
  path: '/v1/instances/:id/load',
  summary: 'End the load that is made on an instance; nothing to do where there is none.',
  cli: { command: 'load stop', positional: ['id'] },
  input: Type.Object({ id }),
  output: Type.Object({ stopped: Type.Boolean({ description: 'Whether there was one' }) }),
  run({ controlPlane, loading }, input) {
    return { stopped: loading.stop(controlPlane.instance(input.id).id) };
  },
});

/** `30MB/s` with the suffix `/s`. Throws InvalidInput. */
function sizeOf(field: string, text: string | undefined, suffix: string): number {
  if (text === undefined) return 0;
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(KB|MB|GB)(?:\/s)?$/i.exec(text.trim()) ?? [];
  const bytes = Number(amount) * (SIZES[unit.toUpperCase()] ?? 0);
  const wayOut = `Give a number and a unit, such as 30MB${suffix}, up to 64GB${suffix}`;
  if (bytes > 0 && bytes <= BYTES_MAX && text.includes('/s') === (suffix === '/s')) return bytes;
  throw invalidInput(field, text, 'is not a size of more than nothing', wayOut);
}
