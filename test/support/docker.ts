/** Docker for tests: whether it is here, and how a container ends that nobody told to. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reachDocker, type Docker } from '../../src/control-plane/engines/docker-daemon.js';
import { SIMULATOR_LABEL, volumesOf } from '../../src/control-plane/engines/docker-volumes.js';
import { DEFAULT_DOCKER_IMAGE } from '../../src/control-plane/engines/docker.js';
import { problemOf } from '../../src/control-plane/core/errors.js';

/** Why tests of the Docker engine cannot run here, or null. Nothing is pulled for a test. */
export async function whyNoDocker(): Promise<string | null> {
  try {
    const docker = await reachDocker(undefined);
    await docker.getImage(DEFAULT_DOCKER_IMAGE).inspect();
    return null;
  } catch (error) {
    return problemOf(error).split('. Ways out')[0] ?? '';
  }
}

/** For what is so on both; `leftOut` is told with the name of a test that cannot run. */
export async function processAndDocker() {
  const missing = await whyNoDocker();
  return [
    { engine: 'process', missing: null, leftOut: '' },
    { engine: 'docker', missing, leftOut: missing === null ? '' : `, LEFT OUT: ${missing}` },
  ] as const;
}

/** As a crash: SIGKILL to everything in it. */
export async function killContainer(simulatorId: string, instanceId: string): Promise<void> {
  const docker = await reachDocker(undefined);
  const found = await containerOf(docker, simulatorId, instanceId);
  await docker.getContainer(found).kill({ signal: 'SIGKILL' });
  // It answers when the signal is sent; the container may still run for a moment.
  await docker.getContainer(found).wait({ condition: 'not-running' });
}

/** Of a simulator that keeps its data there: the first line of its log tells it. */
export async function simulatorIdOf(dataDir: string): Promise<string> {
  const log = await readFile(join(dataDir, 'simulator.log'), 'utf8');
  return /"simulatorId":"([0-9a-f-]+)"/.exec(log)?.[1] ?? '';
}

/** Docker's id of it. */
export async function containerOf(
  docker: Docker,
  simulatorId: string,
  instanceId: string,
): Promise<string> {
  const [found] = await containersOf(docker, simulatorId, instanceId);
  if (found === undefined) throw new Error(`no container of ${instanceId}`);
  return found;
}

/** Every container and volume of a simulator, running or not. */
export async function dockerTraces(simulatorId: string): Promise<string[]> {
  const docker = await reachDocker(undefined);
  const filters = { label: [`${SIMULATOR_LABEL}=${simulatorId}`] };
  const { Volumes } = await docker.listVolumes({ filters });
  return [
    ...(await containersOf(docker, simulatorId)).map((id) => `container ${id.slice(0, 12)}`),
    ...volumesOf(Volumes).map(({ Name }) => `volume ${Name}`),
  ];
}

/** Whatever a failed test left. */
export async function removeTraces(simulatorId: string): Promise<void> {
  const docker = await reachDocker(undefined);
  for (const id of await containersOf(docker, simulatorId)) {
    await docker.getContainer(id).remove({ force: true, v: true });
  }
  const filters = { label: [`${SIMULATOR_LABEL}=${simulatorId}`] };
  const { Volumes } = await docker.listVolumes({ filters });
  for (const { Name } of volumesOf(Volumes)) await docker.getVolume(Name).remove();
}

async function containersOf(
  docker: Docker,
  simulatorId: string,
  instanceId?: string,
): Promise<string[]> {
  const label = [`${SIMULATOR_LABEL}=${simulatorId}`];
  if (instanceId !== undefined) label.push(`dev.frostgate.instance=${instanceId}`);
  const found = await docker.listContainers({ all: true, filters: { label } });
  return found.map(({ Id }) => Id);
}
