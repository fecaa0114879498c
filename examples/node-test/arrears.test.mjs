// What an application does when nobody pays: with the test runner of Node.js.
//   node --test examples/node-test/
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { useFrostgate } from 'frostgate/testing/node';

const frostgate = useFrostgate();

/** The application under test: it counts visits, and shows the last number it knows when it cannot. */
async function visit(port) {
  const count = await ask(port, 'INCR visits');
  return count.startsWith(':') ? count.slice(1) : `${await ask(port, 'GET visits')} (read only)`;
}

test('visitors see the last number while the service is frozen', async () => {
  const instance = await frostgate().createInstance();
  assert.equal(await visit(instance.port), '1');
  await instance.freeze();
  assert.equal(await visit(instance.port), '1 (read only)');
  await instance.pay();
  assert.equal(await visit(instance.port), '2');
});

test('the next test begins with nothing', async () => {
  const instance = await frostgate().createInstance();
  assert.equal(await visit(instance.port), '1');
});

/** One inline command, and the last line of its reply. */
function ask(port, command) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.on('error', reject);
    socket.once('data', (reply) => {
      socket.end();
      resolve(reply.toString().trim().split('\r\n').at(-1));
    });
  });
}
