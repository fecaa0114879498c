/**
 * Redis servers that somebody else runs: each serves one instance. They are
 * not ours, so their data and settings stay as they are, but for
 * min-replicas-to-write while an instance is frozen, which is put back, and
 * for users of the instance, which go with it and with us.
 */
import { rm } from 'node:fs/promises';
import { problemOf, SimulatorError } from '../core/errors.js';
import type { Backend, BackendSpec, Engine } from '../ports.js';
import type { EngineContext } from './engine-context.js';
import { ExternalAssignments } from './external-assignments.js';
import { parseExternalAddresses, type ExternalAddress } from './external-address.js';
import { letsEverybodyIn, unusable, withoutUsers } from './external-fitness.js';
import { RedisControl } from './redis-control.js';
import { RedisEngine } from './redis-engine.js';

/** It should be running already. */
const ANSWER_WITHIN_MS = 5_000;

export interface ExternalEngineOptions {
  readonly context: EngineContext;
  /** `redis://[user:password@]host:port` of each. */
  readonly addresses: readonly string[];
  /** Those of which deleting the instance deletes all data (FLUSHALL), as `host:port`. */
  readonly flushOnDelete: readonly string[];
  /** Keeps which of them serves which instance. */
  readonly directory: string;
  /** Otherwise the directory goes at close(). */
  readonly persistent: boolean;
}

export class ExternalEngine extends RedisEngine implements Engine {
  readonly kind = 'external';
  readonly summary: string;
  readonly ownsSettings = false;
  readonly #options: ExternalEngineOptions;
  readonly #addresses: readonly ExternalAddress[];
  readonly #assignments: ExternalAssignments;
  readonly #connected = new Map<string, RedisControl>();
  #assigning: Promise<unknown> = Promise.resolve();
  #lost: (instanceId: string, why: string) => void = () => undefined;

  private constructor(
    options: ExternalEngineOptions,
    addresses: readonly ExternalAddress[],
    assignments: ExternalAssignments,
  ) {
    super();
    this.#options = options;
    this.#addresses = addresses;
    this.#assignments = assignments;
    this.summary = `Redis at ${addresses.map(({ name }) => name).join(', ')}`;
  }

  /** Throws InvalidInput for an address that is none. Whether they answer is seen when they are used. */
  static async open(options: ExternalEngineOptions): Promise<ExternalEngine> {
    const addresses = parseExternalAddresses(options.addresses);
    return new ExternalEngine(
      options,
      addresses,
      await ExternalAssignments.load(options.directory),
    );
  }

  onLost(listener: (instanceId: string, why: string) => void): void {
    this.#lost = listener;
  }

  async up(spec: BackendSpec): Promise<Backend> {
    const { instanceId } = spec;
    try {
      const address = this.#addressOf(instanceId) ?? (await this.#assignInTurn(instanceId));
      const control = await this.#controlOf(instanceId, address);
      const isOpen = spec.loginNeeded ? await letsEverybodyIn(control) : null;
      if (isOpen) throw new SimulatorError('RedisNotUsable', { address: address.name, ...isOpen });
      const logins = await control.applyUsers(this.#options.context, spec);
      await control.refuseWrites(spec.writesRefused);
      const described = await control.describe('--external');
      return { ...control.address, ...described, logins };
    } catch (cause) {
      throw this.failed('reach', instanceId, cause);
    }
  }

  /** Somebody else's Redis goes on, with the data, which no other instance gets; nobody comes to it through us. */
  async down(instanceId: string): Promise<void> {
    try {
      await this.#giveBackIfThere(instanceId);
      this.#letGo(instanceId);
    } catch (cause) {
      throw this.failed('let go of', instanceId, cause);
    }
  }

  async adopt(from: string, to: string): Promise<boolean> {
    await this.down(from);
    try {
      return await this.#assignments.handOver(from, to);
    } catch (cause) {
      throw this.failed('hand over', from, cause);
    }
  }

  /** Gives the Redis back as it was found; its data goes only where that was asked for by name. */
  async remove(instanceId: string): Promise<void> {
    try {
      const given = await this.#giveBackIfThere(instanceId);
      if (given && this.#options.flushOnDelete.includes(given.address.name)) {
        await given.control.flushAll();
      }
      this.#letGo(instanceId);
      await this.#assignments.release(instanceId);
    } catch (cause) {
      throw this.failed('remove', instanceId, cause);
    }
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve(this.#assignments.instanceIds);
  }

  /** A Redis must not go on refusing its owner's writes when there is no simulator any more. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#connected].map(async ([instanceId, control]) => {
        await this.#giveBack(instanceId, control).catch((error: unknown) => {
          this.#options.context.log(
            `${String(this.#assignments.of(instanceId))} may still refuse writes, and have users that begin with "frostgate:" (${problemOf(error)}): CONFIG SET min-replicas-to-write 0, ACL DELUSER`,
          );
        });
        this.#letGo(instanceId);
      }),
    );
    if (!this.#options.persistent) {
      await rm(this.#options.directory, { recursive: true, force: true });
    }
  }

  /** One that is not among the addresses any more is left alone: null. */
  async #giveBackIfThere(
    instanceId: string,
  ): Promise<{ address: ExternalAddress; control: RedisControl } | null> {
    const name = this.#assignments.of(instanceId);
    const address = this.#addresses.find((one) => one.name === name);
    if (!address) return null;
    const control = await this.#controlOf(instanceId, address);
    await this.#giveBack(instanceId, control);
    return { address, control };
  }

  /** As it was found, but for its data. */
  async #giveBack(instanceId: string, control: RedisControl): Promise<void> {
    await control.refuseWrites(false);
    await this.#endUsers(instanceId, control);
  }

  async #endUsers(instanceId: string, control: RedisControl): Promise<void> {
    await control.applyUsers(this.#options.context, { instanceId, users: [] });
  }

  #addressOf(instanceId: string): ExternalAddress | undefined {
    const name = this.#assignments.of(instanceId);
    if (name === undefined) return undefined;
    const address = this.#addresses.find((one) => one.name === name);
    if (address) return address;
    throw new SimulatorError('RedisNotUsable', {
      address: name,
      problem: `it has the data of instance "${instanceId}", and is not given with --external any more`,
      wayOut: 'Give it again, or delete the instance',
    });
  }

  /** One after the other: two instances must not find the same Redis free. */
  #assignInTurn(instanceId: string): Promise<ExternalAddress> {
    const assigned = this.#assigning.then(
      () => this.#addressOf(instanceId) ?? this.#assign(instanceId),
    );
    this.#assigning = assigned.catch(() => undefined);
    return assigned;
  }

  async #assign(instanceId: string): Promise<ExternalAddress> {
    const free = this.#nextFree();
    if (!free) {
      const known = this.#addresses.map(({ name }) => `${name}: ${this.#servedBy(name)}`);
      throw new SimulatorError('EngineFull', { known: known.join(', ') });
    }
    const control = await this.#controlOf(instanceId, free);
    try {
      await control.describe('--external');
      const problem =
        (await unusable(control)) ??
        (await withoutUsers(() => this.#endUsers(instanceId, control)));
      if (problem) throw new SimulatorError('RedisNotUsable', { address: free.name, ...problem });
      await this.#assignments.assign(instanceId, free.name);
      return free;
    } catch (error) {
      this.#letGo(instanceId);
      throw error;
    }
  }

  #nextFree(): ExternalAddress | undefined {
    return this.#addresses.find(({ name }) => !this.#assignments.isTaken(name));
  }

  #servedBy(name: string): string {
    return this.#assignments.instanceIds.find((id) => this.#assignments.of(id) === name) ?? '';
  }

  async #controlOf(instanceId: string, address: ExternalAddress): Promise<RedisControl> {
    const connected = this.#connected.get(instanceId);
    if (connected) return connected;
    const { host, port, username, password } = address;
    const where = { host, port, username, password };
    const control = await RedisControl.connect(where, undefined, ANSWER_WITHIN_MS);
    this.#connected.set(instanceId, control);
    // It may come back without the setting that keeps a frozen instance frozen.
    control.onLost((why) => {
      if (this.#connected.get(instanceId) !== control) return;
      this.#letGo(instanceId);
      this.#lost(instanceId, `the Redis at ${address.name} is gone: ${why}`);
    });
    return control;
  }

  #letGo(instanceId: string): void {
    this.#connected.get(instanceId)?.close();
    this.#connected.delete(instanceId);
  }

  protected controlIfUp(instanceId: string): RedisControl | undefined {
    return this.#connected.get(instanceId);
  }

  protected failed(verb: string, id: string, cause: unknown): SimulatorError {
    if (cause instanceof SimulatorError) return cause;
    // Without one of its own, the next free address is the one that was tried.
    const name = this.#assignments.of(id) ?? this.#nextFree()?.name ?? '';
    const problem = `${name}: ${problemOf(cause)}`;
    const wayOut = 'See that it runs and that user and password are right, then try again';
    const details = { engine: this.kind, verb, id, problem, wayOut };
    return new SimulatorError('EngineFailed', details, { cause });
  }
}
