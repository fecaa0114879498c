/** Each state says why it is so: in words for people, with its clause. */
import { expect, test } from 'vitest';
import { whyOf } from '../../src/control-plane/actions/why.js';
import { startSimulator } from '../../src/index.js';
import { FakeWorld } from '../support/fake-world.js';

test('an instance says what brought it into its state, since when, and by which clause', async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  const { id } = await sim.createInstance();
  const told = async () => {
    const { state, since, why } = await sim.describeInstanceAttribute({ id });
    expect(why?.at).toBe(since);
    return [state, why?.text, why?.clause];
  };
  expect(await told()).toEqual(['active', 'it was set up', '7.1']);
  await sim.setAccountBalance({ balance: 0 });
  await sim.advanceClock({ by: '1h' });
  const owes = 'a charge could not be met, and the account owes';
  expect(await told()).toEqual(['overdue', owes, '7.2.3.1']);
  await sim.advanceClock({ by: '25h' });
  expect(await told()).toEqual(['frozen', 'nobody paid in the time of grace', '7.2.3.1']);
  await sim.topUpAccount({ amount: 100 });
  expect(await told()).toEqual(['active', 'what was owed is paid', '7.2.3.1']);
  await sim.setAccountBalance({ balance: 0 });
  await sim.advanceClock({ by: '9d' });
  const kept = 'nobody paid for as long as it is kept frozen';
  expect(await told()).toEqual(['deleted', kept, '7.2.3.2']);
});

test('what another instance does is no reason', async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  const { id } = await sim.createInstance();
  const other = await sim.createInstance();
  await sim.destroyInstance({ id: other.id });
  expect((await sim.describeInstanceAttribute({ id })).why?.text).toBe('it was set up');
  expect((await sim.describeInstanceAttribute({ id: other.id })).why).toMatchObject({
    text: 'its customer destroyed it',
    clause: '7.3.1',
  });
});

test('what the vendor deleted, its customer did not destroy', async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  const { id } = await sim.createInstance();
  await sim.reportViolation({ instance: id, kind: 'attacks', measure: 'delete' });
  expect((await sim.describeInstanceAttribute({ id })).why).toMatchObject({
    text: 'the vendor deleted it with its data',
    clause: '3.1.3.12',
  });
});

test('what was made and could not be put into service, nobody destroyed', async () => {
  await using world = await FakeWorld.open();
  world.onCall = (call) => {
    if (call === 'endpoint r-1 reads pass, writes pass') throw new Error('its port is taken');
  };
  await expect(world.create()).rejects.toThrow('its port is taken');
  expect(world.states()).toBe('r-1 deleted');
  expect(whyOf(world.store, 'r-1')).toMatchObject({
    text: 'it could not be put into service',
    clause: '7.1',
  });
});
