/**
 * The instance classes that are shipped: every number with where it comes from. A family has what its classes have in
 * common; a class has its memory, connections and bandwidth, and says where it was decided between sources that differ.
 */
import { parseMoney, type Money } from './money.js';

/** What is told of a class, each with its source. */
export const CLASS_FACTS = [
  'memory',
  'connections',
  'newConnections',
  'bandwidth',
  'qps',
  'cpu',
  'engineVersions',
  'backups',
  'pricePerHour',
  'pricePerMonth',
] as const;
export type ClassFact = (typeof CLASS_FACTS)[number];

export interface InstanceClass {
  /** What kind of instance it is, for people. */
  readonly title: string;
  readonly memoryBytes: number;
  readonly connectionsMax: number;
  readonly newConnectionsPerSecondMax: number;
  /** Each direction by itself. */
  readonly bandwidthBytesPerSecond: number;
  /** A reference value of the vendor's, not a limit. */
  readonly referenceQps: number;
  /** Those for background work included. */
  readonly cpuCores: number;
  /** What the vendor sells it with; which Redis runs here is up to the engine. */
  readonly engineVersions: readonly string[];
  /** Whether there are daily backups of it. */
  readonly backups: boolean;
  /** Of pay-as-you-go and of a subscription, at the beginning: prices.ts knows what they are later. */
  readonly pricePerHour: Money;
  readonly pricePerMonth: Money;
  readonly sources: Readonly<Record<ClassFact, string>>;
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** Thirty days, as the sources count a month (0.21 CNY an hour, 151.2 CNY a month). */
const HOURS_A_MONTH = 720n;

const OLD = 'help centre, "Instance specifications", 2018 to 2020';
const CLOUD_NATIVE =
  'help centre (Chinese), cloud-native instance types of Redis Open-Source Edition';
const TAIR = 'help centre, "DRAM-based instances" of Tair (Enterprise Edition)';
const NEW_CONNECTIONS = `${OLD}: 10,000 a second for standard instances, 50,000 for clusters`;
const MONTH = 'ours: 720 hours at the price of an hour; no discount for longer terms is published';
const ASSUMED = 'ours, nothing is published: as the classic standard class of that memory';

/**
 * Pay-as-you-go in Hangzhou. Published: 0.21 CNY an hour for 1 GB, and the capacity units (CU) of the classic classes, 21
 * CNY for one. That their product is the price of the others, too, is our inference.
 */
const HOURLY: Readonly<Record<number, readonly [price: string, source: string]>> = {
  [256 * MIB]: ['0.063', 'inferred: 0.003 CU an hour, at 21 CNY'],
  [1 * GIB]: ['0.21', 'price list, Hangzhou, pay-as-you-go'],
  [2 * GIB]: ['0.378', 'inferred: 0.018 CU an hour, at 21 CNY'],
  [4 * GIB]: ['0.714', 'inferred: 0.034 CU an hour, at 21 CNY'],
  [8 * GIB]: ['1.386', 'inferred: 0.066 CU an hour, at 21 CNY'],
  [16 * GIB]: ['2.709', 'inferred: 0.129 CU an hour, at 21 CNY'],
  // No classic class has it.
  [24 * GIB]: ['4.0425', 'ours: midway between 16 and 32 GB'],
  [32 * GIB]: ['5.376', 'inferred: 0.256 CU an hour, at 21 CNY'],
  [64 * GIB]: ['10.626', 'inferred: 0.506 CU an hour, at 21 CNY'],
};

interface Family {
  readonly title: string;
  readonly newConnections: number;
  readonly qps: number;
  readonly cpu: number;
  readonly engineVersions: readonly string[];
  readonly backups: boolean;
  readonly sources: Readonly<Record<Exclude<ClassFact, 'pricePerHour' | 'pricePerMonth'>, string>>;
  /** Its prices are those of HOURLY; otherwise it is assumed so. */
  readonly priced?: true;
}

type Source = Family['sources'];

const OLD_SOURCES: Source = {
  ...{ memory: OLD, connections: OLD, newConnections: NEW_CONNECTIONS, bandwidth: OLD, qps: OLD },
  cpu: `${OLD}: standard instances have one core`,
  engineVersions: `${OLD}: local disks, 5.0 at the most (7.0 is refused: EngineVersion.NotSupportOnLocalDisk)`,
  backups: `${OLD}: daily backups of all but single-node instances`,
};
const CLASSIC = {
  ...{ newConnections: 10_000, qps: 80_000, cpu: 1, engineVersions: ['4.0', '5.0'] },
  ...{ backups: true, sources: OLD_SOURCES },
} as const;
const CLOUD: Omit<Family, 'title'> = {
  ...{ newConnections: 10_000, qps: 100_000, cpu: 3, engineVersions: ['5.0', '6.0', '7.0'] },
  backups: true,
  sources: {
    ...{ memory: CLOUD_NATIVE, connections: CLOUD_NATIVE, newConnections: NEW_CONNECTIONS },
    ...{ bandwidth: CLOUD_NATIVE, qps: CLOUD_NATIVE, engineVersions: CLOUD_NATIVE },
    cpu: `${CLOUD_NATIVE}: two work, one is for the background`,
    backups: CLOUD_NATIVE,
  },
};
const TAIR_RDB: Omit<Family, 'title'> = {
  ...{ newConnections: 10_000, qps: 300_000, cpu: 7, engineVersions: ['7.0'], backups: true },
  sources: {
    ...{ memory: TAIR, connections: TAIR, newConnections: NEW_CONNECTIONS, backups: TAIR },
    bandwidth: `${TAIR}; 96 MB/s on a real account (SAP Kyma, 2026)`,
    qps: `${TAIR}; 300,000 on a real account (SAP Kyma, 2026)`,
    cpu: `${TAIR}: four work, three are for the background`,
    engineVersions: 'a real account (SAP Kyma, 2026): all of them were 7.0',
  },
};

const FAMILIES = {
  standard: { title: 'classic, standard', ...CLASSIC, priced: true },
  special: { title: 'classic, standard, more bandwidth and connections', ...CLASSIC },
  single: { title: 'classic, single node: no backups', ...CLASSIC, backups: false },
  zones: { title: 'classic, standard, in two zones', ...CLASSIC },
  cloud: { title: 'cloud-native, standard', ...CLOUD },
  cloudShard: { title: 'cloud-native, shard of a cluster', ...CLOUD, newConnections: 50_000 },
  cloudProxy: { title: 'cloud-native, with proxy', ...CLOUD, newConnections: 50_000 },
  tair: { title: 'Tair, DRAM', ...TAIR_RDB },
  tairProxy: { title: 'Tair, DRAM, with proxy', ...TAIR_RDB, newConnections: 50_000 },
} as const satisfies Record<string, Family>;

/** Where sources differ: which was taken. */
type Decided = Partial<Record<'memory' | 'connections' | 'bandwidth', string>>;

function row(
  family: keyof typeof FAMILIES,
  memoryBytes: number,
  connectionsMax: number,
  bandwidthMegabytes: number,
  decided: Decided = {},
): InstanceClass {
  const { title, newConnections, qps, cpu, engineVersions, backups, ...rest }: Family =
    FAMILIES[family];
  const [hourly, priceSource] = HOURLY[memoryBytes] ?? ['0', ''];
  const pricePerHour = parseMoney('pricePerHour', hourly);
  return {
    ...{ title, memoryBytes, connectionsMax, newConnectionsPerSecondMax: newConnections },
    bandwidthBytesPerSecond: bandwidthMegabytes * MIB,
    ...{ referenceQps: qps, cpuCores: cpu, engineVersions, backups, pricePerHour },
    pricePerMonth: (pricePerHour * HOURS_A_MONTH) as Money,
    sources: {
      ...{ ...rest.sources, ...decided },
      pricePerHour: rest.priced ? priceSource : `${ASSUMED} (${priceSource})`,
      pricePerMonth: MONTH,
    },
  };
}

const THE_SMALLER = `${OLD}; the smaller number is taken, another page says`;
const ZONES = { connections: `${THE_SMALLER} 40,000` };
const PROXY = {
  connections: `${TAIR} lists it without numbers of its own: as without a proxy`,
  bandwidth: `${TAIR} lists it without numbers of its own: as without a proxy`,
};

/** Memory; connections; MB/s each way. */
export const INSTANCE_CLASSES: Readonly<Record<string, InstanceClass>> = {
  'redis.master.micro.default': row('standard', 256 * MIB, 10_000, 10),
  'redis.master.small.default': row('standard', 1 * GIB, 10_000, 10),
  'redis.master.mid.default': row('standard', 2 * GIB, 10_000, 16),
  'redis.master.stand.default': row('standard', 4 * GIB, 10_000, 24),
  'redis.master.large.default': row('standard', 8 * GIB, 10_000, 24),
  'redis.master.2xlarge.default': row('standard', 16 * GIB, 10_000, 32),
  'redis.master.4xlarge.default': row('standard', 32 * GIB, 10_000, 32),
  'redis.master.8xlarge.default': row('standard', 64 * GIB, 10_000, 48, {
    connections: `${THE_SMALLER} 20,000`,
    bandwidth: `${THE_SMALLER} 96`,
  }),
  'redis.master.small.special2x': row('special', 1 * GIB, 20_000, 48),
  'redis.master.mid.special2x': row('special', 2 * GIB, 20_000, 48),
  'redis.master.stand.special2x': row('special', 4 * GIB, 20_000, 48),
  'redis.master.large.special1x': row('special', 8 * GIB, 20_000, 48),
  'redis.master.2xlarge.special1x': row('special', 16 * GIB, 20_000, 48),
  'redis.master.4xlarge.special1x': row('special', 32 * GIB, 20_000, 48),
  'redis.basic.small.default': row('single', 1 * GIB, 10_000, 10),
  'redis.basic.mid.default': row('single', 2 * GIB, 10_000, 16),
  'redis.basic.stand.default': row('single', 4 * GIB, 10_000, 24),
  'redis.basic.large.default': row('single', 8 * GIB, 10_000, 24),
  'redis.basic.2xlarge.default': row('single', 16 * GIB, 10_000, 32),
  'redis.basic.4xlarge.default': row('single', 32 * GIB, 10_000, 32),
  ...zones(1, 10),
  ...zones(2, 16),
  ...zones(4, 24),
  ...zones(8, 24),
  ...zones(16, 32),
  ...zones(32, 32),
  ...zones(64, 48),
  'redis.shard.micro.ce': row('cloud', 256 * MIB, 10_000, 24),
  'redis.shard.small.2.ce': row('cloud', 1 * GIB, 10_000, 48),
  'redis.shard.mid.2.ce': row('cloud', 2 * GIB, 10_000, 96),
  'redis.shard.large.ce': row('cloud', 4 * GIB, 20_000, 96),
  'redis.shard.xlarge.ce': row('cloud', 8 * GIB, 20_000, 96),
  'redis.shard.2xlarge.ce': row('cloud', 16 * GIB, 20_000, 96),
  'redis.shard.3xlarge.ce': row('cloud', 24 * GIB, 30_000, 96),
  'redis.shard.4xlarge.ce': row('cloud', 32 * GIB, 30_000, 96),
  'redis.shard.8xlarge.ce': row('cloud', 64 * GIB, 30_000, 96),
  'redis.shard.small.ce': row('cloudShard', 1 * GIB, 10_000, 48),
  'redis.shard.mid.ce': row('cloudShard', 2 * GIB, 10_000, 96),
  'redis.shard.with.proxy.small.ce': row('cloudProxy', 1 * GIB, 10_000, 48),
  'redis.shard.with.proxy.mid.ce': row('cloudProxy', 2 * GIB, 10_000, 96),
  'redis.shard.with.proxy.large.ce': row('cloudProxy', 4 * GIB, 20_000, 96),
  'redis.shard.with.proxy.xlarge.ce': row('cloudProxy', 8 * GIB, 20_000, 96),
  'redis.shard.with.proxy.2xlarge.ce': row('cloudProxy', 16 * GIB, 20_000, 96),
  'redis.shard.with.proxy.3xlarge.ce': row('cloudProxy', 24 * GIB, 30_000, 96),
  'redis.shard.with.proxy.4xlarge.ce': row('cloudProxy', 32 * GIB, 30_000, 96),
  'redis.shard.with.proxy.8xlarge.ce': row('cloudProxy', 64 * GIB, 30_000, 96),
  ...tair(1, 30_000),
  ...tair(2, 30_000),
  ...tair(4, 40_000),
  ...tair(8, 40_000),
  ...tair(16, 40_000),
  ...tair(24, 50_000),
  ...tair(32, 50_000),
  ...tair(64, 50_000),
};

function zones(gigabytes: number, bandwidth: number): Record<string, InstanceClass> {
  const name = `redis.logic.sharding.drredissdb${String(gigabytes)}g.1db.0rodb.4proxy.default`;
  return { [name]: row('zones', gigabytes * GIB, 10_000, bandwidth, ZONES) };
}

function tair(gigabytes: number, connections: number): Record<string, InstanceClass> {
  const size = `${String(gigabytes)}g`;
  return {
    [`tair.rdb.${size}`]: row('tair', gigabytes * GIB, connections, 96),
    [`tair.rdb.with.proxy.${size}`]: row('tairProxy', gigabytes * GIB, connections, 96, PROXY),
  };
}
