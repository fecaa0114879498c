/** A way to Docker that can be cut: for what happens when the daemon goes away and comes back. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const REAL_SOCKET = '/var/run/docker.sock';

export class DockerSocket implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(private readonly directory: string) {}

  static async open(): Promise<DockerSocket> {
    const socket = new DockerSocket(await mkdtemp(join(tmpdir(), 'frostgate-docker-')));
    await socket.mend();
    return socket;
  }

  /** For DOCKER_HOST. */
  get url(): string {
    return `unix://${this.#path}`;
  }

  get #path(): string {
    return join(this.directory, 'docker.sock');
  }

  /** As when the daemon ends: nobody listens, and what was open is closed. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    server?.close();
    if (server) await once(server, 'close');
  }

  async mend(): Promise<void> {
    if (this.#server) return;
    this.#server = createServer((client) => {
      const daemon = connect(REAL_SOCKET);
      for (const socket of [client, daemon]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          client.destroy();
          daemon.destroy();
        });
      }
      client.pipe(daemon).pipe(client);
    }).listen(this.#path);
    await once(this.#server, 'listening');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
    await rm(this.directory, { recursive: true, force: true });
  }
}
