/** Of the data plane's process; bytes. */
export interface Memory {
  /** The highest RSS of its life. */
  readonly peakBytes: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

export interface BenchRedis {
  readonly port: number;
  stop(): Promise<void>;
}

export interface BenchProxy {
  readonly port: number;
  memory(): Promise<Memory>;
  open(): Promise<unknown>;
  freeze(): Promise<unknown>;
  stop(): Promise<void>;
}

export const NOWRITE: string;
/** As the data plane gets it: plain data. */
export function endpointOf(redis: BenchRedis): Record<string, unknown>;
export function startRedis(settings?: readonly string[]): Promise<BenchRedis>;
export function startProxy(redis: BenchRedis): Promise<BenchProxy>;
