/**
 * The Docker daemon, reached through testcontainers' runtime client, which
 * knows where Docker, Podman, Colima and rootless sockets are. Knows how long
 * to wait for an answer, and tells when containers end.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerRuntimeClient } from 'testcontainers';
import { problemOf, SimulatorError } from '../core/errors.js';

export type Docker = ContainerRuntimeClient['container']['dockerode'];

/** A daemon that takes the connection and says nothing counts as gone after this. */
const ANSWER_WITHIN_MS = 30_000;
const REACH_WITHIN_MS = 10_000;
const LISTEN_AGAIN_AFTER_MS = 500;
const OWN_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What lets one think that Docker is here, or undefined: costs nothing where it is not. */
export function signOfDocker(dockerHost: string | undefined): string | undefined {
  if (dockerHost) return `DOCKER_HOST is ${dockerHost}`;
  // Where testcontainers looks.
  const places = [
    '/var/run/docker.sock',
    `/run/user/${String(process.getuid?.() ?? 0)}/docker.sock`,
    join(homedir(), '.docker/run/docker.sock'),
    join(homedir(), '.docker/desktop/docker.sock'),
    join(homedir(), '.testcontainers.properties'),
  ];
  return places.find((place) => existsSync(place));
}

/** Resolves with a daemon that has just answered. Throws EngineNotAvailable with the reason. */
export async function reachDocker(network: string | undefined): Promise<Docker> {
  // Loading it takes a third of a second, which only those pay who use Docker.
  const { getContainerRuntimeClient } = await import('testcontainers');
  const client = await within(getContainerRuntimeClient(), REACH_WITHIN_MS).catch(unavailable);
  const docker = client.container.dockerode;
  // testcontainers keeps the client for the whole process; the daemon may have ended since.
  await within(docker.ping(), REACH_WITHIN_MS).catch(unavailable);
  const { host } = client.info.containerRuntime;
  const { socketPath } = docker.modem as { readonly socketPath?: string };
  if (socketPath === undefined && network === undefined && !OWN_HOSTS.has(host)) {
    const tried = `Docker runs on ${host}, whose loopback ports cannot be reached from here (a network of that Docker which this machine is in can be given with --docker-network)`;
    throw new SimulatorError('EngineNotAvailable', { tried });
  }
  return docker;
}

function unavailable(cause: unknown): never {
  const tried = `Docker does not answer: ${problemOf(cause)}`;
  throw new SimulatorError('EngineNotAvailable', { tried }, { cause });
}

/** An answer, or an error when it takes longer than any healthy daemon does. */
export function ask<T>(answer: Promise<T>): Promise<T> {
  return within(answer, ANSWER_WITHIN_MS);
}

/** As `ask`, and null where the thing asked about does not exist. */
export function askIfThere<T>(answer: Promise<T>): Promise<T | null> {
  return ask(answer).catch((error: unknown) => {
    if (statusOf(error) === 404) return null;
    throw error;
  });
}

/** The HTTP status of a refusal by the daemon. */
export function statusOf(error: unknown): number | undefined {
  const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : null;
  return typeof status === 'number' ? status : undefined;
}

/**
 * Calls `ended` with the value of `label` whenever a container with the label
 * `filter` ends, until `signal` fires. Calls it with null each time it begins
 * to listen, also after the daemon was away: anything may have ended before.
 */
export async function watchEnds(
  docker: Docker,
  { label, filter, signal }: { label: string; filter: string; signal: AbortSignal },
  ended: (value: string | null) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const stream = await docker.getEvents({
        filters: { type: ['container'], event: ['die'], label: [filter] },
        abortSignal: signal,
      });
      ended(null);
      await linesOf(stream, (line) => {
        const event = JSON.parse(line) as { Actor?: { Attributes?: Record<string, string> } };
        const value = event.Actor?.Attributes?.[label];
        if (value !== undefined) ended(value);
      });
    } catch {
      // Docker does not answer, or no longer: listen again when it does.
    }
    await delay(LISTEN_AGAIN_AFTER_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** Takes a stream line by line; resolves when it is over, in whatever way. */
export function linesOf(
  stream: NodeJS.ReadableStream,
  take: (line: string) => void,
): Promise<void> {
  let rest = '';
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      try {
        for (const line of lines) if (line.trim() !== '') take(line);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    for (const over of ['end', 'close', 'error']) stream.on(over, () => resolve());
  });
}

async function within<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    late = setTimeout(() => {
      reject(new Error(`no answer from Docker within ${String(limitMs / 1000)} s`));
    }, limitMs);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(late));
}
