/** A process that has an engine of its own and brings up one backend, to see what is left when it is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Backend } from '../../src/control-plane/ports.js';

/** Built before all tests: test/support/build-once.ts. */
const ENGINES = resolve(import.meta.dirname, '../../dist/control-plane/engines');

export interface EngineChild extends AsyncDisposable {
  readonly backend: Backend;
  /** SIGKILL: no chance to clean up. */
  kill(): Promise<void>;
}

/** `open` is an expression for the engine; `engines` in it is the folder of the engines, `binary` a Redis found on PATH. */
export async function startEngineChild(open: string): Promise<EngineChild> {
  const script = `
    const engines = ${JSON.stringify(ENGINES)};
    const { findRedisBinary } = await import(engines + '/redis-binary.js');
    const binary = await findRedisBinary(undefined, process.env.PATH);
    const engine = await (${open});
    const spec = { instanceId: 'r-1', memoryBytes: 67108864, connections: null, writesRefused: false, loginNeeded: false, settings: {}, users: [] };
    const { commands, ...backend } = await engine.up(spec);
    console.log(JSON.stringify(backend));
    setInterval(() => undefined, 1_000_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(() => Promise.reject(new Error('the child ended before its backend was up'))),
  ])) as [string];
  return {
    backend: { commands: '[]', ...(JSON.parse(line) as Omit<Backend, 'commands'>) },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
