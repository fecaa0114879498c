/** One listener: takes connections, gives each a session, and changes what all of them may do at once. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { CommandTable } from './command-table.js';
import { DataPlaneError } from './data-plane-error.js';
import type { EndpointSpec } from './endpoint-spec.js';
import { Session, TEMPORARY_FAILURE, type Situation } from './session.js';

const NO_COMMANDS = new CommandTable([], {});
/** What waits for one side of a session before the other side is read no further (bytes, and one read more). */
const HELD_BYTES_MAX = 256 * 1024;

export class Endpoint implements Situation {
  readonly #sessions = new Set<Session>();
  /** Connections that wait for a backend. */
  readonly #unserved = new Set<Socket>();
  readonly #server: Server;
  #spec: EndpointSpec;
  #commands = NO_COMMANDS;

  private constructor(
    server: Server,
    spec: EndpointSpec,
    private readonly report: (problem: string) => void,
  ) {
    this.#server = server;
    this.#spec = spec;
    this.apply(spec);
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Throws DataPlaneError: PortBusy, NoFreePort, ListenFailed. */
  static async open(spec: EndpointSpec, report: (problem: string) => void): Promise<Endpoint> {
    return new Endpoint(await listen(spec), spec, report);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  get access() {
    return this.#spec.access;
  }

  get backendRefusal() {
    return this.#spec.backendRefusal;
  }

  get commands() {
    return this.#commands;
  }

  /** From the next command on, on all connections. */
  apply(spec: EndpointSpec): void {
    const { backend, notOpen } = this.#spec;
    this.#spec = spec;
    if (!spec.backend) return;
    const isSame = spec.backend.commands === backend?.commands && spec.notOpen === notOpen;
    if (isSame && this.#commands !== NO_COMMANDS) return;
    this.#commands = new CommandTable(spec.backend.commands, spec.notOpen);
  }

  /**
   * Resolves when what Redis had sent by now was handed on. Three turns of the
   * event loop: in the first the kernel's bytes are read, and a read is handed
   * on in its own turn or the next. A client that does not read gets its
   * replies when it does, as it would from Redis.
   */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    for (const socket of this.#unserved) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    const { backend } = this.#spec;
    if (!backend) {
      this.#leaveUnserved(socket);
      return;
    }
    const { host, port } = backend;
    const options = { host, port, allowHalfOpen: true, highWaterMark: HELD_BYTES_MAX };
    const upstream = connect(options);
    upstream.setNoDelay(true);
    this.#sessions.add(
      new Session(
        socket,
        upstream,
        backend,
        () => this,
        (session, mistake) => {
          this.#sessions.delete(session);
          if (mistake) this.report(`${this.#spec.instanceId}: a session was ended: ${mistake}`);
        },
      ),
    );
  }

  /** Before there is a backend, the first command is answered by an error and the connection ends. */
  #leaveUnserved(socket: Socket): void {
    this.#unserved.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#unserved.delete(socket));
    socket.once('data', () => socket.end(TEMPORARY_FAILURE));
    socket.on('end', () => socket.end());
  }
}

async function listen({ host, port }: EndpointSpec): Promise<Server> {
  if (typeof port === 'number') return listenOn(host, port);
  for (let candidate = port.from; candidate <= port.to; candidate += 1) {
    try {
      return await listenOn(host, candidate);
    } catch (error) {
      if (!(error instanceof DataPlaneError) || error.code !== 'PortBusy') throw error;
    }
  }
  const details = { host, from: String(port.from), to: String(port.to) };
  throw new DataPlaneError('NoFreePort', details);
}

function listenOn(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, highWaterMark: HELD_BYTES_MAX });
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const code = cause.code === 'EADDRINUSE' ? 'PortBusy' : 'ListenFailed';
      const details = { host, port: String(port), problem: cause.message };
      reject(new DataPlaneError(code, details, { cause }));
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      // Out of file descriptors, say: the connection is lost, the endpoint is not.
      server.on('error', () => undefined);
      resolve(server);
    });
  });
}
