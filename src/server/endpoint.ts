/** One listener: takes connections, gives each a session, and changes what all of them may do at once. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { CommandTable } from './command-table.js';
import type { CommandTables } from './command-tables.js';
import { DataPlaneError } from './data-plane-error.js';
import type { EndpointSpec, TimeMap } from './endpoint-spec.js';
import { LoginGuard } from './login-guard.js';
import { Logins } from './logins.js';
import { Outbox } from './outbox.js';
import { intoOneBuffer, moved } from './read-buffer.js';
import { errorLine } from './refusals.js';
import { Session } from './session.js';
import { settled } from './settle.js';
import { Shift } from './shift.js';
import type { Situation } from './situation.js';
import { Throttle } from './throttle.js';
import { COUNT, Traffic, type TrafficCounts } from './traffic.js';
import { VirtualTime } from './times/virtual-time.js';
import { turnAway } from './turned-away.js';
import { plainAddress, Whitelist } from './whitelist.js';

/** What waits for one side of a session before the other side is read no further (bytes, and one read more). */
const HELD_BYTES_MAX = 256 * 1024;
/** What may pass at once after a rest: little, so that a second of traffic is what the ceiling says within 2 %. */
const BANDWIDTH_BURST_MS = 20;
const NEW_CONNECTIONS_BURST_MS = 1_000;
const KEEP_ALIVE_MS = 300_000;
/** Who is told that there are too many has this long to hear it. */
const LAST_WORDS_MS = 1_000;

export class Endpoint implements Situation {
  readonly guard = new LoginGuard();
  readonly outbox = new Outbox();
  readonly traffic = new Traffic();
  readonly #sessions = new Set<Session>();
  readonly shift: Shift;
  /** Nobody knows what was written before. */
  readonly writes = { any: true };
  time: VirtualTime | null = null;
  /** Connections that wait for a backend, or for their turn; each with how it takes its turn again. */
  readonly #waiting = new Map<Socket, () => void>();
  readonly #turnedAway = new Set<Socket>();
  readonly #server: Server;
  #spec: EndpointSpec;
  #commands = new CommandTable([], {});
  #logins = new Logins([], null);
  #whitelist = new Whitelist([]);
  #newConnections = new Throttle(null, NEW_CONNECTIONS_BURST_MS);
  #throttles = {
    toBackend: new Throttle(null, BANDWIDTH_BURST_MS),
    toClient: new Throttle(null, BANDWIDTH_BURST_MS),
  };

  private constructor(
    server: Server,
    spec: EndpointSpec,
    private readonly tables: CommandTables,
    private readonly report: (problem: string) => void,
    caughtUpMsMax: number,
  ) {
    this.shift = new Shift(this.#sessions, caughtUpMsMax);
    this.#server = server;
    this.#spec = spec;
    this.apply(spec);
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Throws DataPlaneError: PortBusy, NoFreePort, ListenFailed. */
  static async open(
    spec: EndpointSpec,
    tables: CommandTables,
    report: (problem: string) => void,
    caughtUpMsMax: number,
  ): Promise<Endpoint> {
    return new Endpoint(await listen(spec), spec, tables, report, caughtUpMsMax);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  get access() {
    return this.#spec.access;
  }

  get words() {
    return this.#spec.words;
  }

  get backendRefusal() {
    return this.#spec.backendRefusal;
  }

  get latencyMs() {
    return this.#spec.latencyMs;
  }

  get unasked() {
    return this.#spec.unasked;
  }

  get commands() {
    return this.#commands;
  }

  get logins() {
    return this.#logins;
  }

  get throttles() {
    return this.#throttles;
  }

  /** From the next command on, on all connections; the whitelist and who is nobody: for the next connections. */
  apply(spec: EndpointSpec): void {
    const { generation, access } = this.#spec;
    this.#spec = spec;
    this.traffic.refused.changed(access, spec.access);
    // Of another generation, or the door is shut: they end, and may come again.
    if (generation !== spec.generation || !spec.backend)
      for (const session of this.#sessions) session.close();
    this.#logins = new Logins(spec.logins, spec.unasked);
    this.#whitelist = new Whitelist(spec.whitelist);
    const { newConnectionsPerSecond, bytesPerSecondIn, bytesPerSecondOut } = spec.ceilings;
    // What was used up under the old ceiling stays so under the same one.
    const before = this.#newConnections;
    this.#newConnections = before.at(newConnectionsPerSecond);
    // Who waits does so under the new one, in the same order.
    if (this.#newConnections !== before) for (const again of this.#waiting.values()) again();
    const { toBackend, toClient } = this.#throttles;
    this.#throttles = {
      toBackend: toBackend.at(bytesPerSecondIn),
      toClient: toClient.at(bytesPerSecondOut),
    };
    for (const session of this.#sessions) session.bandwidthChanged({ toBackend, toClient });
    if (spec.backend) this.#commands = this.tables.of(spec.backend.commands, spec.notOpen);
  }

  /** For the commands from now on; null: nothing is translated. */
  setTime(time: TimeMap | null): void {
    this.time = time && new VirtualTime(time);
  }

  /** From now on only what is passed on later counts; to be asked for while all commands are held. */
  markUnwritten(): void {
    this.writes.any = [...this.#sessions].some((session) => session.owes('write'));
  }

  /** What passed since it was opened. */
  trafficCounts(): TrafficCounts {
    return this.traffic.read(this.#spec.instanceId, this.#sessions.size + this.#waiting.size);
  }

  /** See Shift. */
  settledForShift(): Promise<void> {
    return this.shift.settled(this.#spec.backend);
  }

  /** Resolves when what Redis had sent by now was handed on. */
  settle(): Promise<void> {
    return settled(this.#sessions);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.shift.close();
    for (const session of this.#sessions) session.close();
    for (const socket of [...this.#waiting.keys(), ...this.#turnedAway]) socket.destroy();
    await closed;
  }

  #accept(accepted: Socket): void {
    const { words, ceilings } = this.#spec;
    const options = { allowHalfOpen: true, highWaterMark: HELD_BYTES_MAX };
    const address = plainAddress(accepted.remoteAddress ?? '');
    if (!this.#whitelist.allows(address)) {
      this.traffic.add(COUNT.refusedConnections);
      const from = `${address}:${String(accepted.remotePort)}`;
      const line = words.illegalAddress.replace('{address}', from);
      // Apart from the others, so that nobody who may not come in keeps anybody out.
      if (this.#turnedAway.size < (ceilings.connections ?? Infinity))
        turnAway(moved(accepted, options), errorLine(line), this.#turnedAway);
      else accepted.destroy();
      return;
    }
    if (this.#sessions.size + this.#waiting.size >= (ceilings.connections ?? Infinity)) {
      this.traffic.add(COUNT.refusedConnections);
      sayAndEnd(accepted, errorLine(words.tooManyConnections));
      return;
    }
    this.traffic.add(COUNT.newConnections);
    accepted.setNoDelay(true);
    // As Redis (tcp-keepalive 300): a client whose machine vanished does not stay for ever.
    accepted.setKeepAlive(true, KEEP_ALIVE_MS);
    const socket = moved(accepted, options);
    const waitMs = this.#newConnections.take(1);
    if (waitMs < 1 && this.#spec.backend) {
      this.#serve(socket, address);
      return;
    }
    socket.read(0); // or nobody would notice that it leaves
    let turn: NodeJS.Timeout;
    const wait = (ms: number): void => {
      clearTimeout(turn);
      turn = setTimeout(() => {
        this.#waiting.set(socket, () => undefined); // it had its turn
        this.#serve(socket, address);
      }, ms).unref();
    };
    this.#waiting.set(socket, () => wait(this.#newConnections.take(1)));
    wait(waitMs);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(turn);
      // Who leaves before its turn makes room for the next one.
      if (this.#waiting.delete(socket)) this.#newConnections.giveBack(1);
    });
  }

  #serve(socket: Socket, address: string): void {
    const { backend } = this.#spec;
    // Half-open connections are possible, so the end of one is noticed by nobody but us.
    if (socket.destroyed || socket.readableEnded) {
      socket.destroy();
      return;
    }
    if (!backend) {
      // Before there is a backend, the first command is answered by an error and the connection ends.
      socket.once('data', () => socket.end(errorLine(this.#spec.words.notServed)));
      socket.on('end', () => socket.end());
      return;
    }
    const { host, port, path } = backend;
    const upstream = connect({
      ...(path === undefined ? { host, port } : { path }),
      ...{ allowHalfOpen: true, highWaterMark: HELD_BYTES_MAX },
      onread: intoOneBuffer((chunk) => session.takeFromBackend(chunk)),
    });
    upstream.setNoDelay(true);
    this.#waiting.delete(socket);
    const session = new Session(
      socket,
      upstream,
      address,
      () => this,
      (ended, mistake) => {
        this.#sessions.delete(ended);
        if (mistake) this.report(`${this.#spec.instanceId}: a session was ended: ${mistake}`);
      },
    );
    this.#sessions.add(session);
  }
}

/** As Redis does with one client too many (networking.c, acceptCommonHandler), but what it says has time to arrive. */
function sayAndEnd(socket: Socket, line: Buffer): void {
  socket.on('error', () => socket.destroy());
  socket.end(line);
  socket.resume();
  setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
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
