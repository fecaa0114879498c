/** The world as it was, for tests that begin where others began. */
import { Type, type Static } from 'typebox';
import { formatInstant } from '../core/duration.js';
import type { Checkpoint } from '../turning-back.js';
import { defineAction } from './action.js';
import { clockView, viewClock } from './clock-view.js';

const checkpointView = Type.Object(
  {
    id: Type.String({ description: 'What other actions call it' }),
    at: Type.String({ description: 'Where the clock stood' }),
    instances: Type.Integer({ description: 'How many there were' }),
    keys: Type.Integer({ description: 'Keys in all of their data' }),
    bytes: Type.Integer({ description: 'What that takes in the memory of the simulator' }),
  },
  { title: 'A checkpoint' },
);

const id = Type.String({ minLength: 1, description: 'Of a checkpoint, such as c-1' });

function viewCheckpoint(checkpoint: Checkpoint): Static<typeof checkpointView> {
  const copies = [...checkpoint.data.values()].map(({ copy }) => copy);
  return {
    id: checkpoint.id,
    at: formatInstant(checkpoint.at),
    instances: copies.length,
    keys: copies.reduce((sum, { keys }) => sum + keys, 0),
    bytes: copies.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

export const TakeCheckpoint = defineAction({
  name: 'TakeCheckpoint',
  method: 'POST',
  path: '/v1/checkpoints',
  summary:
    'Remember the whole world: state, money, clock and data. It is kept in memory, and ends with the simulator.',
  cli: { command: 'checkpoint take' },
  input: Type.Object({}),
  output: checkpointView,
  async run({ controlPlane }) {
    return viewCheckpoint(await controlPlane.past.take());
  },
});

export const ListCheckpoints = defineAction({
  name: 'ListCheckpoints',
  method: 'GET',
  path: '/v1/checkpoints',
  summary: 'List what can be rolled back to, in the order of taking.',
  cli: { command: 'checkpoint list' },
  input: Type.Object({}),
  output: Type.Object({ checkpoints: Type.Array(checkpointView) }),
  run({ controlPlane }) {
    return { checkpoints: controlPlane.past.checkpoints.map(viewCheckpoint) };
  },
});

export const RollBack = defineAction({
  name: 'RollBack',
  method: 'POST',
  path: '/v1/checkpoints/:id/rollback',
  summary:
    'Make the world be what it was at a checkpoint: the clock goes back, clients stay connected, later checkpoints are gone.',
  cli: { command: 'checkpoint rollback', positional: ['id'] },
  input: Type.Object({ id }),
  output: clockView,
  async run({ controlPlane }, input) {
    await controlPlane.past.rollBack(input.id);
    return viewClock(controlPlane);
  },
});

export const ForgetCheckpoint = defineAction({
  name: 'ForgetCheckpoint',
  method: 'DELETE',
  path: '/v1/checkpoints/:id',
  summary: 'Forget a checkpoint, and free the memory that it takes.',
  cli: { command: 'checkpoint forget', positional: ['id'] },
  input: Type.Object({ id }),
  output: Type.Object({ forgotten: Type.String() }),
  run({ controlPlane }, input) {
    controlPlane.past.forget(input.id);
    return { forgotten: input.id };
  },
});
