/**
 * What an instance is by its class: size, ceilings and price.
 *
 * Numbers: the vendor's table of classic standard instances (`redis.master.*`,
 * document "Instance specifications"); where sources differ the smaller one was
 * taken (8xlarge: 10,000 connections and 48 MB/s, another page says 20,000 and 96).
 * Prices: pay-as-you-go in Hangzhou, 21 CNY per capacity unit (CU) an hour; only
 * `small` (0.21 CNY) is published as a price, the others follow from the published
 * CU factors. No price of a month is published for these classes: it is that of 720 hours, as the sources count
 * a month (0.21 CNY an hour, 151.2 CNY a month), with no discount for longer terms. `prices set` changes both.
 */
import { type Money, parseMoney } from './money.js';

export interface InstanceClass {
  readonly memoryBytes: number;
  readonly connectionsMax: number;
  readonly newConnectionsPerSecondMax: number;
  /** Each direction by itself. */
  readonly bandwidthBytesPerSecond: number;
  /** A reference value of the vendor's, not a limit. */
  readonly referenceQps: number;
  /** Whether daily backups are taken where the policy does not say; they are unless it is false (single-node classes have none). */
  readonly dailyBackups?: boolean;
  /** Of pay-as-you-go and of a subscription, at the beginning: prices.ts knows what they are later. */
  readonly pricePerHour: Money;
  readonly pricePerMonth: Money;
}

/** Thirty days. */
const HOURS_A_MONTH = 720n;

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

function standard(memoryBytes: number, bandwidthMegabytes: number, hourly: string): InstanceClass {
  const pricePerHour = parseMoney('pricePerHour', hourly);
  return {
    memoryBytes,
    connectionsMax: 10_000,
    // Of standard instances; clusters have 50,000.
    newConnectionsPerSecondMax: 10_000,
    bandwidthBytesPerSecond: bandwidthMegabytes * MIB,
    referenceQps: 80_000,
    pricePerHour,
    pricePerMonth: (pricePerHour * HOURS_A_MONTH) as Money,
  };
}

export const INSTANCE_CLASSES: Readonly<Record<string, InstanceClass>> = {
  'redis.master.micro.default': standard(256 * MIB, 10, '0.063'),
  'redis.master.small.default': standard(1 * GIB, 10, '0.21'),
  'redis.master.mid.default': standard(2 * GIB, 16, '0.378'),
  'redis.master.stand.default': standard(4 * GIB, 24, '0.714'),
  'redis.master.large.default': standard(8 * GIB, 24, '1.386'),
  'redis.master.2xlarge.default': standard(16 * GIB, 32, '2.709'),
  'redis.master.4xlarge.default': standard(32 * GIB, 32, '5.376'),
  'redis.master.8xlarge.default': standard(64 * GIB, 48, '10.626'),
};

export const DEFAULT_INSTANCE_CLASS = 'redis.master.small.default';
