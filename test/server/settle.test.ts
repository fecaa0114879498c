/** What was answered before a freeze is handed on before the freeze is told of. */
import { expect, test } from 'vitest';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { command, turns } from '../support/raw-client.js';

const LENGTH = 2_000_000;
const REPLY_BYTES = `$${String(LENGTH)}\r\n\r\n`.length + LENGTH;
/** The kernel gives more room to a connection that needed it before (tcp(7), tcp_moderate_rcvbuf). */
const TIMES_BEFORE = 10;
/** Far longer than Redis needs to write it into the kernel. */
const BUSY_MS = 500;

test('all that Redis has sent is handed on, also when it is many times what is read at once', async () => {
  await using proxied = await ProxiedRedis.start();
  await using client = await proxied.connect();
  await client.ask(command('SET', 'long', Buffer.alloc(LENGTH, 'v')));
  for (let times = 0; times < TIMES_BEFORE; times += 1) {
    client.send(command('GET', 'long'));
    await client.take(REPLY_BYTES);
  }
  const before = await bytesOut(proxied);
  client.send(command('GET', 'long'));
  await turns(3); // it is on its way to Redis
  const busy = performance.now() + BUSY_MS;
  while (performance.now() < busy); // nothing is read meanwhile, as on a machine that has no time
  await proxied.proxy.settle('r-test');
  expect((await bytesOut(proxied)) - before).toBeGreaterThan(LENGTH / 2);
});

async function bytesOut(proxied: ProxiedRedis): Promise<number> {
  const [traffic] = await proxied.proxy.traffic();
  return traffic?.bytesOut ?? 0;
}
