/**
 * What is asked of a Redis that is up, wherever it runs: these verbs go over the control connection, and are the same
 * for every engine that has a real Redis.
 */
import type { EngineCounts } from '../core/reading.js';
import type { SimulatorError } from '../core/errors.js';
import type { Aged, DataCopy, Dump, Loaded, RdbSource, Witness } from '../ports.js';
import type { RedisControl } from './redis-control.js';

export abstract class RedisEngine {
  abstract readonly ownsSettings: boolean;

  age(instanceId: string, ms: number): Promise<Aged> {
    return this.ask('age', instanceId, (control) => control.age(ms));
  }

  witness(instanceId: string): Promise<Witness | null> {
    return this.ask('ask', instanceId, (control) => control.witness());
  }

  expiryOf(instanceId: string, witness: Witness): Promise<number | null> {
    return this.ask('ask', instanceId, (control) => control.expiryOf(witness));
  }

  copyData(instanceId: string, bytesMax: number): Promise<DataCopy> {
    return this.ask('copy the data of', instanceId, (control) => control.copyData(bytesMax));
  }

  putDataBack(instanceId: string, copy: DataCopy, laterMs: number): Promise<void> {
    return this.ask('put back the data of', instanceId, (control) =>
      control.putDataBack(copy, laterMs),
    );
  }

  dump(instanceId: string): Promise<Dump> {
    return this.ask('copy the data of', instanceId, (control) => control.rdb.dump());
  }

  load(instanceId: string, rdb: RdbSource, shiftMs: number): Promise<Loaded> {
    return this.ask('fill', instanceId, (control) =>
      control.rdb.load(rdb, shiftMs, this.ownsSettings),
    );
  }

  rdbVersion(instanceId: string): Promise<number> {
    return this.ask('ask', instanceId, (control) => control.rdb.version());
  }

  databases(instanceId: string): Promise<number> {
    return this.ask('ask', instanceId, (control) => control.rdb.databases());
  }

  dataMark(instanceId: string): Promise<string> {
    return this.ask('ask', instanceId, (control) => control.rdb.mark());
  }

  usedMemory(instanceId: string): Promise<number> {
    return this.ask('ask', instanceId, (control) => control.usedMemory());
  }

  counts(instanceId: string): Promise<EngineCounts> {
    return this.ask('ask', instanceId, (control) => control.counts());
  }

  /** Of a backend that is up. */
  protected async ask<T>(
    verb: string,
    instanceId: string,
    work: (control: RedisControl) => Promise<T>,
  ): Promise<T> {
    try {
      const control = this.controlIfUp(instanceId);
      if (!control) throw new Error('it is not up');
      return await work(control);
    } catch (cause) {
      throw this.failed(verb, instanceId, cause);
    }
  }

  /** Of a backend that is up; undefined where it is not. */
  protected abstract controlIfUp(instanceId: string): RedisControl | undefined;

  /** What went wrong, in this engine's words. */
  protected abstract failed(verb: string, instanceId: string, cause: unknown): SimulatorError;
}
