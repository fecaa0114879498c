/**
 * Where the data of instances is kept: a volume of the instance's own name, which keeps its name and its labels for
 * good. Data that goes on as another instance's stays where it is: the other one has an empty volume whose label says
 * which volume holds its data.
 */
import { ask, askIfThere, type Docker } from './docker-daemon.js';

export const SIMULATOR_LABEL = 'dev.frostgate.simulator';
export const INSTANCE_LABEL = 'dev.frostgate.instance';
/** Only on a volume that points at another one, by its name. */
const HOLDER_LABEL = 'dev.frostgate.data-in';

export interface DataVolume {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
}

export class DataVolumes {
  constructor(
    private readonly docker: Docker,
    /** Of this simulator: the name, and the labels of an instance's volume. */
    private readonly nameOf: (instanceId: string) => string,
    private readonly labelsOf: (instanceId: string) => Record<string, string>,
  ) {}

  /** The volume to mount: made where there is none. */
  async ensure(instanceId: string): Promise<string> {
    const Name = this.nameOf(instanceId);
    // Making a volume that is there leaves it as it is.
    await ask(this.docker.createVolume({ Name, Labels: this.labelsOf(instanceId) }));
    const found = await ask(this.docker.getVolume(Name).inspect());
    return holderOf(found);
  }

  /**
   * The pointer of `to` is made before that of `from` goes: in between, both lead to the data, and asked again, it
   * goes on from there. Returns whether there is anything of `to` now.
   */
  async adopt(label: string, from: string, to: string): Promise<boolean> {
    const all = await this.all(label);
    const given = volumeOf(all, from);
    const isGiven = given !== undefined && (isPointer(given) || pointersTo(all, given.Name) === 0);
    if (!isGiven) return volumeOf(all, to) !== undefined;
    const holder = holderOf(given);
    // To whom it was made for, it comes back by the pointer's end alone.
    if (holder !== this.nameOf(to)) {
      const Labels = { ...this.labelsOf(to), [HOLDER_LABEL]: holder };
      await ask(this.docker.createVolume({ Name: this.nameOf(to), Labels }));
    }
    if (isPointer(given)) await askIfThere(this.docker.getVolume(given.Name).remove());
    return true;
  }

  /** What an instance has, data that it adopted included; not what another one adopted of it. */
  async remove(label: string, instanceId: string): Promise<void> {
    const all = await this.all(label);
    const own = volumeOf(all, instanceId);
    if (!own) return;
    const others = pointersTo(all, holderOf(own)) - (isPointer(own) ? 1 : 0);
    if (others === 0) await askIfThere(this.docker.getVolume(holderOf(own)).remove());
    if (isPointer(own)) await askIfThere(this.docker.getVolume(own.Name).remove());
  }

  /** Instances of which there is data. */
  async owners(label: string): Promise<string[]> {
    const all = await this.all(label);
    const own = all.filter((one) => isPointer(one) || pointersTo(all, one.Name) === 0);
    return own.flatMap(({ Labels }) => Labels[INSTANCE_LABEL] ?? []);
  }

  async all(label: string): Promise<readonly DataVolume[]> {
    const { Volumes } = await ask(this.docker.listVolumes({ filters: { label: [label] } }));
    return volumesOf(Volumes);
  }
}

/** Docker says null for no volumes, whatever the types say. */
export function volumesOf<Volume>(volumes: Volume[] | null): Volume[] {
  return volumes ?? [];
}

function volumeOf(all: readonly DataVolume[], instanceId: string): DataVolume | undefined {
  return all.find(({ Labels }) => Labels[INSTANCE_LABEL] === instanceId);
}

/** Name of the volume that the data is in. */
function holderOf({ Name, Labels }: DataVolume): string {
  return Labels[HOLDER_LABEL] ?? Name;
}

function isPointer({ Labels }: DataVolume): boolean {
  return Labels[HOLDER_LABEL] !== undefined;
}

function pointersTo(all: readonly DataVolume[], name: string): number {
  return all.filter(({ Labels }) => Labels[HOLDER_LABEL] === name).length;
}
