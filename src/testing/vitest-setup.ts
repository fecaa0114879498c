/** A `globalSetup` of vitest: one simulator for the whole run, which the tests of all workers join. */
import type { ClientConfig } from '../config.js';
import { startFrostgate } from './frostgate.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The simulator of this run; nothing where this file is no globalSetup. */
    frostgate: ClientConfig | undefined;
  }
}

interface Project {
  provide(key: 'frostgate', value: ClientConfig): void;
}

/** Resolves with what ends it. */
export default async function setup(project: Project): Promise<() => Promise<void>> {
  const frostgate = await startFrostgate();
  if (frostgate.api) project.provide('frostgate', frostgate.api);
  return () => frostgate.close();
}
