// The data plane in a process of its own, so that its memory can be read apart from the load's.
// Told over IPC: { apply: spec } opens or changes the endpoint, { read: true } answers with the memory.
import { ProxyServer } from '../../dist/server/index.js';

const proxy = new ProxyServer((problem) => process.send({ problem }));

process.on('message', async (message) => {
  try {
    if (message.apply) process.send(await proxy.apply(message.apply));
    if (message.read) process.send(await memory());
  } catch (error) {
    process.send({ problem: String(error.stack) });
  }
});
process.on('disconnect', () => process.exit());

/** What is in use: garbage is collected first. The peak is the kernel's own mark, which misses nothing. */
async function memory() {
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc();
    // What was closed is let go in the turns that follow.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { peakBytes, rss, heapUsed, external, arrayBuffers };
}
