export interface Live {
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Throws an Error that says what differs between Redis and the endpoint. */
  check(bytes: Buffer, places: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

/** Two redis-servers, one of them behind the data plane in a process of its own. */
export function startLive(): Promise<Live>;
