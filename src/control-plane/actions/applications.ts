/** The sample application: a client that people can look at, run by the simulator itself. */
import { Type, type Static } from 'typebox';
import { SimulatorError } from '../core/errors.js';
import { factsOf } from '../core/state-facts.js';
import type { NumberedSample } from '../applications.js';
import { defineAction, type ActionContext } from './action.js';
import { initially } from './initially.js';
import { id } from './instances.js';
import { after } from './paging.js';
import { secret } from './secret.js';
import { nullable, reachable } from './views.js';

const COMMANDS_MAX = 5_000;

const perSecond = (what: string) => Type.Number({ description: `${what}, a second of real time` });

const sampleView = Type.Object({
  seq: Type.Integer({ description: 'Numbers count up; two a second' }),
  writesPerSecond: perSecond('Writes that were kept'),
  readsPerSecond: perSecond('Reads that were answered'),
  refusedPerSecond: perSecond('Commands that were answered with an error'),
  lostPerSecond: perSecond('Commands that got no answer: there was no connection'),
  latencyMs: nullable(Type.Number({ description: 'From command to answer, on average (ms)' })),
  latencyMaxMs: nullable(Type.Number({ description: 'The longest one (ms)' })),
  connected: Type.Boolean({ description: 'Whether it has a connection' }),
  visits: nullable(Type.Integer({ description: 'The number that it wrote or read last' })),
  refusal: nullable(
    Type.String({ description: 'The last error, until a write is kept again or nothing answers' }),
  ),
});
export type SampleView = Static<typeof sampleView>;

export const applicationView = Type.Object(
  {
    instanceId: Type.String({ description: 'Which instance it uses' }),
    running: Type.Boolean({ description: 'Whether there is one' }),
    commandsPerSecond: Type.Number({ description: 'What it tries; half of them writes' }),
    samples: Type.Array(sampleView, {
      description: 'The last two minutes, or what is new of them',
    }),
  },
  { title: 'An application' },
);
export type ApplicationView = Static<typeof applicationView>;

export const StartApplication = defineAction({
  name: 'StartApplication',
  method: 'POST',
  path: '/v1/instances/:id/application',
  summary:
    'Start a small application that counts visits in an instance, writing and reading, for people to look at. It ends with the simulator.',
  cli: { command: 'application start', positional: ['id'] },
  input: Type.Object({
    id,
    commandsPerSecond: initially(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: COMMANDS_MAX,
        description: 'How many commands it tries in a second of real time; half of them writes',
      }),
      100,
    ),
    password: Type.Optional(secret('Of the default account, where clients have to log in')),
  }),
  output: applicationView,
  run(context, input) {
    const instance = context.controlPlane.instance(input.id);
    const { host, port, state } = instance;
    if (factsOf(instance).endpoint !== 'open' || port === null) {
      const legal = 'in service, with an endpoint';
      const action = 'StartApplication';
      throw new SimulatorError('IncorrectDBInstanceState', { action, id: input.id, state, legal });
    }
    context.applications.start({
      instanceId: input.id,
      ...{ host: reachable(host), port },
      password: input.password ?? null,
      commandsPerSecond: input.commandsPerSecond,
    });
    return viewApplication(context, input.id, 0);
  },
});

export const StopApplication = defineAction({
  name: 'StopApplication',
  method: 'DELETE',
  path: '/v1/instances/:id/application',
  summary: 'Stop the application of an instance; nothing to do where there is none.',
  cli: { command: 'application stop', positional: ['id'] },
  input: Type.Object({ id }),
  output: applicationView,
  run(context, input) {
    context.controlPlane.instance(input.id);
    context.applications.stop(input.id);
    return viewApplication(context, input.id, 0);
  },
});

export const DescribeApplication = defineAction({
  name: 'DescribeApplication',
  method: 'GET',
  path: '/v1/instances/:id/application',
  summary: 'Show how the application of an instance fares, as it sees it itself.',
  cli: { command: 'application show', positional: ['id'] },
  input: Type.Object({ id, after }),
  output: applicationView,
  run(context, input) {
    context.controlPlane.instance(input.id);
    return viewApplication(context, input.id, input.after);
  },
});

function viewApplication(
  { applications }: ActionContext,
  instanceId: string,
  after: number,
): ApplicationView {
  const figures = applications.figures(instanceId, after);
  return {
    instanceId,
    running: figures !== null,
    commandsPerSecond: figures?.spec.commandsPerSecond ?? 0,
    samples: figures?.samples.map(viewSample) ?? [],
  };
}

/** To a hundredth: more would be the machine's weather. */
function viewSample(sample: NumberedSample): SampleView {
  const rounded = Object.entries(sample).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'number' ? Math.round(value * 100) / 100 : value,
  ]);
  return Object.fromEntries(rounded) as SampleView;
}
