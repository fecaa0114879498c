/** Stands between the proxy and Redis and hands replies on in the pieces that a test wants, as a network may. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { turns } from './raw-client.js';

export class ReplyCutter implements AsyncDisposable {
  /** From the next chunk on. */
  cut: (chunk: Buffer) => readonly Buffer[] = (chunk) => [chunk];
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly redisPort: number,
  ) {
    server.on('connection', (socket) => this.#relay(socket));
  }

  static async start(redisPort: number): Promise<ReplyCutter> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ReplyCutter(server, redisPort);
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #relay(proxy: Socket): void {
    const options = { host: '127.0.0.1', port: this.redisPort };
    const redis = connect({ ...options, noDelay: true, allowHalfOpen: true });
    for (const [socket, other] of [[proxy, redis] as const, [redis, proxy] as const]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    proxy.pipe(redis);
    void this.#handOn(redis, proxy).catch(() => undefined); // one side is gone: so is the other one
  }

  async #handOn(redis: Socket, proxy: Socket): Promise<void> {
    for await (const chunk of redis as AsyncIterable<Buffer>) {
      for (const piece of this.cut(chunk)) {
        proxy.write(piece);
        await turns(2);
      }
    }
    proxy.end();
  }
}
