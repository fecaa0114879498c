/** The containers and volumes of one simulator: made, found by label, started, removed. */
import { SimulatorError } from '../core/errors.js';
import { ask, askIfThere, statusOf, type Docker } from './docker-daemon.js';
import { aclRuleOf, passwordOf, type EngineContext } from './engine-context.js';
import { DataVolumes, INSTANCE_LABEL, SIMULATOR_LABEL } from './docker-volumes.js';
import { isMarkOfTheDead, markOfThisProcess } from './process-mark.js';

/** Only on what is to go with its simulator: which process that is. */
const OWNER_LABEL = 'dev.frostgate.owner';

const REDIS_PORT = '6379/tcp';
/** Redis flushes its append-only file on SIGTERM; Docker kills it after this long. */
const STOP_WITHIN_S = 10;
const LOG_LINES_SHOWN = 3;
/** Microseconds: Linux gives a container its share of processors anew in each period (CFS bandwidth control). */
const CPU_PERIOD_US = 100_000;
/** The kernel takes no less. */
const CPU_QUOTA_LEAST = 1_000;

/** One run of a container: started again, it has another address. */
export interface StartedContainer {
  readonly id: string;
  readonly startedAt: string;
  readonly host: string;
  readonly port: number;
}

interface StoreOptions {
  readonly context: EngineContext;
  readonly image: string;
  readonly network?: string | undefined;
  readonly ephemeral?: boolean;
}

export class ContainerStore {
  readonly #docker: Docker;
  readonly #options: StoreOptions;
  readonly #volumes: DataVolumes;
  /** The label that all containers and volumes of this simulator have. */
  readonly filter: string;

  constructor(docker: Docker, options: StoreOptions) {
    this.#docker = docker;
    this.#options = options;
    this.filter = `${SIMULATOR_LABEL}=${options.context.simulatorId}`;
    this.#volumes = new DataVolumes(
      docker,
      (id) => this.nameOf(id),
      (id) => this.#labelsOf(id),
    );
  }

  /** Name of the container, and of its volume. */
  nameOf(instanceId: string): string {
    return `frostgate-${this.#options.context.simulatorId.slice(0, 8)}-${instanceId}`;
  }

  /** Throws EngineNotAvailable where the network that was asked for does not exist. */
  async checkNetwork(): Promise<void> {
    const { network } = this.#options;
    if (network === undefined) return;
    if ((await askIfThere(this.#docker.getNetwork(network).inspect())) === null) {
      const tried = `Docker has no network "${network}" (docker network create ${network})`;
      throw new SimulatorError('EngineNotAvailable', { tried });
    }
  }

  /** Removes what simulators were to take with them that were killed before they could. */
  async removeOrphans(): Promise<void> {
    const volumes = (await this.#volumes.all(OWNER_LABEL)).map(({ Labels }) => Labels);
    for (const labels of [...(await this.#labelsOfContainers(OWNER_LABEL)), ...volumes]) {
      const { [OWNER_LABEL]: owner, [SIMULATOR_LABEL]: simulatorId, [INSTANCE_LABEL]: id } = labels;
      if (owner === undefined || !isMarkOfTheDead(owner)) continue;
      if (simulatorId === undefined || id === undefined) continue;
      await this.#remove(`${SIMULATOR_LABEL}=${simulatorId}`, id);
    }
  }

  /** Makes the container where there is none, starts it where it does not run, says where it is. */
  async start(instanceId: string): Promise<StartedContainer> {
    const [found] = await this.#find(this.filter, instanceId);
    if (found !== undefined) {
      const started = await this.#run(found).catch((error: unknown) => {
        // Without an answer nothing is known. A refusal is about the container, e.g. its network is gone.
        if (statusOf(error) === undefined) throw error;
        return null;
      });
      if (started !== null) return started;
      // The data is in the volume: a new container takes it over.
      await this.#removeContainer(found);
    }
    const id = await this.#create(instanceId);
    const started = await this.#run(id);
    if (started === null) throw new Error('its container has no address');
    return started;
  }

  /** How many processors it may use, from now on; null: all of them. Throws what Docker says. */
  async limitCpu({ id }: StartedContainer, cores: number | null): Promise<void> {
    const container = this.#docker.getContainer(id);
    const { CpuQuota = 0 } = (await ask(container.inspect())).HostConfig;
    const quota =
      cores === null ? -1 : Math.max(CPU_QUOTA_LEAST, Math.round(cores * CPU_PERIOD_US));
    // 0 and less: it never had one, or has none any more.
    if (CpuQuota === quota || (CpuQuota <= 0 && quota < 0)) return;
    // Not as NanoCpus, which Docker neither takes away again nor lets be more than the machine has.
    await ask(container.update({ CpuPeriod: CPU_PERIOD_US, CpuQuota: quota }));
  }

  /** How a run came to its end, or null while it goes on. */
  async endOf({ id, startedAt }: StartedContainer): Promise<string | null> {
    const inspected = await askIfThere(this.#docker.getContainer(id).inspect());
    if (inspected === null) return 'its container was removed';
    const { State } = inspected;
    if (!State.Running) return this.#lastWordsOf(id, State.ExitCode);
    return State.StartedAt === startedAt ? null : 'its container was restarted';
  }

  /** Processor time (s) that its processes took since it was started; null where it is not there. */
  async cpuSecondsOf({ id }: StartedContainer): Promise<number | null> {
    const stats = await askIfThere(
      this.#docker.getContainer(id).stats({ stream: false, 'one-shot': true }),
    );
    return stats && stats.cpu_stats.cpu_usage.total_usage / 1e9;
  }

  /** Redis flushes its append-only file; the container stays, and so does its volume. */
  async stop(instanceId: string): Promise<void> {
    for (const id of await this.#find(this.filter, instanceId)) await this.#stop(id);
  }

  /** The container of `from` goes, and its data is that of `to`, of which a container will be made. */
  async adopt(from: string, to: string): Promise<boolean> {
    await this.stop(from);
    for (const id of await this.#find(this.filter, from)) await this.#removeContainer(id);
    return this.#volumes.adopt(this.filter, from, to);
  }

  /** Container and data; nothing to do where there is neither. */
  async remove(instanceId: string): Promise<void> {
    await this.#remove(this.filter, instanceId);
  }

  async list(): Promise<readonly string[]> {
    const containers = await this.#labelsOfContainers(this.filter);
    const ids = containers.flatMap(({ [INSTANCE_LABEL]: id }) => id ?? []);
    return [...new Set([...ids, ...(await this.#volumes.owners(this.filter))])];
  }

  async stopAll(): Promise<void> {
    const running = await ask(this.#docker.listContainers({ filters: { label: [this.filter] } }));
    await Promise.all(running.map(({ Id }) => this.#stop(Id)));
  }

  async #stop(id: string): Promise<void> {
    try {
      await ask(this.#docker.getContainer(id).stop({ t: STOP_WITHIN_S }));
    } catch (error) {
      // 304: it has ended already. 404: somebody removed it.
      if (![304, 404].includes(statusOf(error) ?? 0)) throw error;
    }
  }

  /** Running or not. */
  async #labelsOfContainers(label: string): Promise<readonly Record<string, string>[]> {
    const filters = { label: [label] };
    const containers = await ask(this.#docker.listContainers({ all: true, filters }));
    return containers.map(({ Labels }) => Labels);
  }

  async #find(simulator: string, instanceId: string): Promise<readonly string[]> {
    const label = [simulator, `${INSTANCE_LABEL}=${instanceId}`];
    const found = await ask(this.#docker.listContainers({ all: true, filters: { label } }));
    return found.map(({ Id }) => Id);
  }

  async #remove(simulator: string, instanceId: string): Promise<void> {
    for (const id of await this.#find(simulator, instanceId)) await this.#removeContainer(id);
    await this.#volumes.remove(simulator, instanceId);
  }

  async #removeContainer(id: string): Promise<void> {
    try {
      await askIfThere(this.#docker.getContainer(id).remove({ force: true, v: true }));
    } catch (error) {
      // 409: its removal is under way already; `wait` returns at the end of it.
      if (statusOf(error) !== 409) throw error;
      await askIfThere(this.#docker.getContainer(id).wait({ condition: 'removed' }));
    }
  }

  async #run(id: string): Promise<StartedContainer | null> {
    const container = this.#docker.getContainer(id);
    let inspected = await ask(container.inspect());
    if (inspected.State.Paused) await ask(container.unpause());
    if (!inspected.State.Running) {
      await ask(container.start());
      inspected = await ask(container.inspect());
      const { Running, ExitCode } = inspected.State;
      if (!Running) throw new Error(await this.#lastWordsOf(id, ExitCode));
    }
    const { NetworkSettings, State } = inspected;
    const { network } = this.#options;
    const startedAt = State.StartedAt;
    if (network !== undefined) {
      const host = NetworkSettings.Networks[network]?.IPAddress;
      return host ? { id, startedAt, host, port: 6379 } : null;
    }
    const published = NetworkSettings.Ports[REDIS_PORT]?.[0];
    return published
      ? { id, startedAt, host: '127.0.0.1', port: Number(published.HostPort) }
      : null;
  }

  async #lastWordsOf(id: string, exitCode: number): Promise<string> {
    const ended = `its container ended with exit code ${String(exitCode)}`;
    // Above 128 it was a signal, of which its log knows nothing.
    if (exitCode > 128) return ended;
    const tail = { stdout: true, stderr: true, tail: LOG_LINES_SHOWN } as const;
    const log = await ask(this.#docker.getContainer(id).logs(tail)).then(textOf, () => '');
    return `${ended}${log && `: ${log}`}`;
  }

  async #create(instanceId: string): Promise<string> {
    const { context, image, network } = this.#options;
    const name = this.nameOf(instanceId);
    const Labels = this.#labelsOf(instanceId);
    const volume = await this.#volumes.ensure(instanceId);
    const created = await ask(
      this.#docker.createContainer({
        name,
        Image: image,
        Labels,
        Cmd: argumentsOf(passwordOf(context, instanceId)),
        ExposedPorts: { [REDIS_PORT]: {} },
        HostConfig: {
          Mounts: [{ Type: 'volume', Source: volume, Target: '/data' }],
          RestartPolicy: { Name: 'no' },
          ...(network === undefined
            ? { PortBindings: { [REDIS_PORT]: [{ HostIp: '127.0.0.1', HostPort: '' }] } }
            : { NetworkMode: network }),
        },
      }),
    );
    return created.id;
  }

  #labelsOf(instanceId: string): Record<string, string> {
    const { context, ephemeral = false } = this.#options;
    return {
      [SIMULATOR_LABEL]: context.simulatorId,
      [INSTANCE_LABEL]: instanceId,
      ...(ephemeral ? { [OWNER_LABEL]: markOfThisProcess() } : {}),
    };
  }
}

/**
 * The images put the name of their server before arguments that begin with a
 * dash, so this works for Redis and for Valkey. A container always starts
 * refusing writes, whatever it did before: up() then says what it is to do.
 */
function argumentsOf(password: string): string[] {
  return [
    ...['--port', '6379', '--dir', '/data', '--appendonly', 'yes', '--save', ''],
    ...['--user', ...aclRuleOf(password), '--min-replicas-to-write', '1'],
  ];
}

/** The lines of a log without the 8 bytes that Docker puts before each piece of it. */
function textOf(log: unknown): string {
  if (!Buffer.isBuffer(log)) return '';
  const pieces: string[] = [];
  for (let at = 0; at + 8 <= log.length;) {
    const length = log.readUInt32BE(at + 4);
    pieces.push(log.toString('utf8', at + 8, at + 8 + length).trim());
    at += 8 + length;
  }
  return pieces.filter(Boolean).join(' | ').slice(0, 500);
}
