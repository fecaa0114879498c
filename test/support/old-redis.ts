/** Says that it is a Redis of some version, and knows little else. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export async function startOldRedis(version: string): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const info = `# Server\r\nredis_version:${version}\r\nloading:0\r\n`;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      // One answer for each request of the chunk; each begins with an array header.
      for (const request of chunk
        .toString()
        .toLowerCase()
        .split(/(?=\*\d+\r\n)/)) {
        if (request.includes('info\r\n') && !request.includes('setinfo')) {
          socket.write(`$${String(info.length)}\r\n${info}\r\n`);
        } else socket.write(request.includes('command\r\n') ? '*0\r\n' : '+OK\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
