/**
 * THE DOOR between the rooms: makes backend and endpoint of an instance agree
 * with what its state means. May be repeated at any time. It narrows first and
 * widens last: the door closes before Redis is touched, and opens after Redis answers.
 */
import type { Access, BackendLogin, DataPlaneError, EndpointSpec, Login } from '../server/index.js';
import { accessOf, backendRefusalOf, narrowest, shutLineOf } from './core/access.js';
import { assertThat } from './core/assert.js';
import { ceilingsOf, cpuCoresOf, memoryBytesOf } from './core/ceilings.js';
import { notOpenOf } from './core/commands-not-open.js';
import { SimulatorError } from './core/errors.js';
import { latencyOf, UNREACHABLE } from './core/outages.js';
import { redisSettingsOf } from './core/parameters.js';
import { factsOf, isLiving } from './core/state-facts.js';
import { WIRE_PROFILES } from './core/wire-profiles.js';
import type { Instance } from './core/world.js';
import type { Backend, DataPlane, Engine } from './ports.js';

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** In place of a fingerprint: the backend went away by itself. */
const LOST = 'lost';

interface Applied {
  /** What the outside was made to be, to know whether there is anything to do. */
  readonly fingerprint: string;
  readonly access: Access;
  /** Whom the endpoint leads to; null while nobody is served. */
  readonly served: Backend | null;
  readonly port: number;
}

/** What has to do with the data of a backend that comes and goes. */
export interface DataFollower {
  /** The backend is up, and nobody is served by it yet. */
  arrive(instanceId: string): Promise<void>;
  lost(instanceId: string): void;
  /** Its data is so far from the clock's time that nobody may see it. */
  isFar(instanceId: string): boolean;
  /** Nobody is served any more, and the backend is about to end; its data is kept. */
  depart(instanceId: string): Promise<void>;
  /** The data of one is that of another now. */
  handOver(from: string, to: string): void;
  /** Backend and data are gone. */
  forget(instanceId: string): void;
  /** Nobody is served any more, and the backends are about to end. */
  park(): Promise<void>;
}

export class Reconciler {
  #data: DataFollower | undefined;
  readonly #applied = new Map<string, Applied>();

  constructor(
    private readonly engine: Engine,
    private readonly dataPlane: DataPlane,
    /** Where an instance without a port of its own gets one. */
    private readonly ports: PortRange,
  ) {}

  /** Whom to tell from now on. */
  follow(data: DataFollower): void {
    this.#data = data;
  }

  /** Resolves when the outside agrees. Returns the endpoint's port, or null where none is open. */
  async reconcile(instance: Instance): Promise<number | null> {
    const facts = factsOf(instance);
    if (facts.backend === 'gone') {
      await this.#giveBack(instance);
      await this.remove(instance.id);
      return null;
    }
    if (facts.backend === 'down') {
      await this.dataPlane.remove(instance.id);
      await this.#data?.depart(instance.id);
      await this.engine.down(instance.id);
      this.#applied.delete(instance.id);
      return null;
    }
    const before = this.#applied.get(instance.id);
    const fingerprint = fingerprintOf(instance);
    if (before?.fingerprint === fingerprint) return before.port;
    // A Redis that was away may have data that did not follow the time: nobody sees it before that is put right.
    const isFar = before?.fingerprint === LOST && this.#data?.isFar(instance.id) === true;
    // Until all is done, what was applied is not to be relied upon: a failed try is tried again.
    if (before) this.#applied.set(instance.id, { ...before, fingerprint: 'unfinished' });

    const access = accessOf(instance);
    const open = facts.endpoint === 'open' && shutLineOf(instance) === null;
    if (before) {
      const narrow = narrowest(access, before.access);
      const served = open && !isFar ? before.served : null;
      await this.#open(instance, before.port, narrow, served);
      // Should the rest fail, the next try starts from here, and opens nothing before Redis has followed.
      const applied = { ...before, served, access: narrow, fingerprint: 'unfinished' };
      this.#applied.set(instance.id, applied);
    } else {
      // Takes the port first: a busy one is found before a backend is made for nothing.
      const { port } = await this.#open(instance, instance.port ?? this.ports, access, null);
      assertThat(port > 0, `the endpoint of ${instance.id} has no port`);
      instance = { ...instance, port };
    }
    if (instance.dataFrom !== null) await this.#adoptData(instance.dataFrom, instance.id);
    const backend = await this.engine.up({
      instanceId: instance.id,
      memoryBytes: memoryBytesOf(instance) ?? 0,
      connections: ceilingsOf(instance).connections,
      cpuCores: cpuCoresOf(instance),
      // What is restored is written by ourselves, and by nobody else meanwhile.
      writesRefused: access.writes !== null && instance.operation?.restore === undefined,
      settings: redisSettingsOf(instance),
      loginNeeded: !instance.passwordFree,
      users: instance.databaseAccounts.map(({ name, privilege }) => ({
        name,
        readOnly: privilege === 'RoleReadOnly',
      })),
    });
    await this.#data?.arrive(instance.id);
    // What Redis answered before it refused is on its way to the clients before anybody is told of the change.
    await this.dataPlane.settle(instance.id);
    const served = open ? backend : null;
    const { port } = await this.#open(instance, instance.port ?? this.ports, access, served);
    this.#applied.set(instance.id, { fingerprint, access, served, port });
    return port;
  }

  /** Endpoint, backend and data are gone when it resolves. */
  async remove(instanceId: string): Promise<void> {
    await this.dataPlane.remove(instanceId);
    await this.engine.remove(instanceId);
    this.#applied.delete(instanceId);
    this.#data?.forget(instanceId);
  }

  /** Bytes that an instance's data takes, as its Redis counts them. Throws EngineFailed. */
  usedMemory(instanceId: string): Promise<number> {
    return this.engine.usedMemory(instanceId);
  }

  /** The backend went away: the next reconcile brings it up again. */
  forget(instanceId: string): void {
    const before = this.#applied.get(instanceId);
    if (before) this.#applied.set(instanceId, { ...before, fingerprint: LOST });
    this.#data?.lost(instanceId);
  }

  /** Nobody is served any more, whether Redis answers or not, until the next reconcile has looked after it. */
  async shut(instance: Instance): Promise<void> {
    const before = this.#applied.get(instance.id);
    this.forget(instance.id);
    if (before) await this.#open(instance, before.port, before.access, null);
  }

  /** Ends what carries our label and belongs to no living instance: a crash may have left it. */
  async sweep(instances: ReadonlyMap<string, Instance>): Promise<void> {
    const isDead = (id: string) => {
      const instance = instances.get(id);
      return instance === undefined || !isLiving(instance);
    };
    for (const id of (await this.engine.list()).filter(isDead)) {
      await this.#giveBack(instances.get(id));
    }
    for (const id of (await this.engine.list()).filter(isDead)) await this.engine.remove(id);
  }

  /** Endpoints first, so that nobody is served by a backend that is going away. */
  async close(): Promise<void> {
    await this.dataPlane.close();
    await this.#data?.park();
    await this.engine.close();
  }

  /** A rebuild that failed gives back what it was to be made with, before anything is removed. */
  async #giveBack(instance: Instance | undefined): Promise<void> {
    if (instance && instance.dataFrom !== null) {
      await this.dataPlane.remove(instance.id);
      await this.#data?.depart(instance.id);
      if (await this.engine.adopt(instance.id, instance.dataFrom)) {
        this.#data?.handOver(instance.id, instance.dataFrom);
      }
    }
  }

  async #adoptData(from: string, to: string): Promise<void> {
    if (await this.engine.adopt(from, to)) {
      this.#data?.handOver(from, to);
      return;
    }
    const details = { engine: this.engine.kind, verb: 'rebuild', id: to };
    const [problem, wayOut] = [`the data of "${from}" is not there any more`, 'Create a new one'];
    throw new SimulatorError('EngineFailed', { ...details, problem, wayOut });
  }

  async #open(
    instance: Instance,
    port: number | PortRange,
    access: Access,
    backend: Backend | null,
  ): Promise<{ readonly port: number }> {
    try {
      return await this.dataPlane.apply(endpointOf(instance, port, access, backend));
    } catch (error) {
      throw translated(error);
    }
  }
}

/** What the endpoint is told while clients may do this much, and Redis is this one. */
function endpointOf(
  instance: Instance,
  port: number | PortRange,
  access: Access,
  served: Backend | null,
): EndpointSpec {
  const { wrongPassword, notLoggedIn, illegalAddress, tooManyConnections } =
    WIRE_PROFILES[instance.wireProfile];
  return {
    instanceId: instance.id,
    host: instance.host,
    port,
    access,
    backendRefusal: backendRefusalOf(instance),
    notOpen: notOpenOf(instance),
    words: {
      ...{ wrongPassword, notLoggedIn, illegalAddress, tooManyConnections },
      notServed: shutLineOf(instance) ?? UNREACHABLE,
    },
    logins: served === null ? [] : loginsOf(instance, served),
    unasked: served !== null && instance.passwordFree ? loginOf(served) : null,
    whitelist: instance.whitelist.flatMap(({ addresses }) => addresses),
    ceilings: ceilingsOf(instance),
    generation: instance.generation,
    latencyMs: latencyOf(instance),
    backend:
      served === null
        ? null
        : {
            ...loginOf(served),
            ...{ host: served.host, port: served.port, path: served.path },
            commands: served.commands,
          },
  };
}

/** The default account, and those others that Redis knows already: before that, nobody could log in with them. */
function loginsOf(instance: Instance, served: Backend): Login[] {
  const { id, password, databaseAccounts } = instance;
  const own = { names: ['default', id], password, backend: loginOf(served) };
  const others = databaseAccounts.flatMap((account) => {
    const backend = served.logins.get(account.name);
    return backend ? [{ names: [account.name], password: account.password, backend }] : [];
  });
  return [own, ...others];
}

function loginOf({ username, password }: BackendLogin): BackendLogin {
  return { username, password };
}

/** Everything that endpoint and backend follow from. What is no concern of theirs is left out, and nothing else. */
function fingerprintOf(instance: Instance): string {
  const unconcerned = {
    ...{ state: null, name: null, accountId: null, since: null, billedUntil: null },
    ...{ hourClass: null, feesPaid: null, chargeType: null, expiresAt: null, terms: null },
    ...{ autoRenewMonths: null, expiryNoticed: null, autoRenewalTried: null },
    backups: null,
  };
  const { endpoint } = factsOf(instance);
  return JSON.stringify([endpoint, accessOf(instance), { ...instance, ...unconcerned }]);
}

/** The data plane knows why; the words for people stand in the control plane's table. */
function translated(error: unknown): unknown {
  if (!isDataPlaneError(error)) return error;
  const wayOut = 'a --host that this machine has';
  return new SimulatorError(error.code, { wayOut, ...error.details }, { cause: error });
}

/** By name: the class itself may stand behind a message port. */
function isDataPlaneError(error: unknown): error is DataPlaneError {
  return error instanceof Error && error.name === 'DataPlaneError';
}

/** The port is the customer's: without it, there is no use in the rest. */
export function isPortProblem(error: unknown): boolean {
  const codes: readonly string[] = ['PortBusy', 'NoFreePort', 'ListenFailed'];
  return error instanceof SimulatorError && codes.includes(error.code);
}
