/** A real Redis with the data plane in front of it, which can be frozen and thawed as the control plane does it. */
import { ProxyServer, type Access, type EndpointSpec } from '../../src/server/index.js';
import { endpointSpec, NOWRITE } from './endpoint-spec.js';
import { RawClient } from './raw-client.js';
import { RealRedis } from './real-redis.js';

export { NOREAD, NOWRITE } from './endpoint-spec.js';

const ID = 'r-test';

export class ProxiedRedis implements AsyncDisposable {
  #port = 0;

  private constructor(
    readonly redis: RealRedis,
    private readonly fixed: Partial<EndpointSpec>,
    readonly proxy: ProxyServer,
  ) {}

  static async start(
    fixed: Partial<EndpointSpec> = {},
    proxy = new ProxyServer(),
  ): Promise<ProxiedRedis> {
    const proxied = new ProxiedRedis(await RealRedis.start(), fixed, proxy);
    await proxied.apply({});
    return proxied;
  }

  get port(): number {
    return this.#port;
  }

  async apply(changes: Partial<EndpointSpec>): Promise<void> {
    const { port } = await this.proxy.apply(
      endpointSpec({
        instanceId: ID,
        backend: { ...this.redis.address, commands: this.redis.commands },
        ...this.fixed,
        ...changes,
      }),
    );
    this.#port = port;
  }

  /** Narrows first: the proxy refuses, then Redis does. */
  async freeze(
    access: Access = { reads: null, writes: NOWRITE },
    more: Partial<EndpointSpec> = {},
  ): Promise<void> {
    await this.apply({ access, ...more });
    await this.redis.control.config('SET', 'min-replicas-to-write', '1');
    await this.redis.control.ping();
    await this.proxy.settle(ID);
  }

  /** Widens last: Redis takes writes again, then the proxy lets them through. */
  async thaw(): Promise<void> {
    await this.redis.control.config('SET', 'min-replicas-to-write', '0');
    await this.apply({});
  }

  /** As at the start. */
  async clear(): Promise<void> {
    await this.thaw();
    await this.redis.control.flushall();
    await this.redis.control.call('FUNCTION', 'FLUSH');
  }

  /** Through the proxy. */
  connect(): Promise<RawClient> {
    return RawClient.connect(this.port);
  }

  /** Through the proxy, from another loopback address (Linux has them all). */
  connectFrom(address: string): Promise<RawClient> {
    return RawClient.connect(this.port, '127.0.0.1', address);
  }

  /** Past the proxy. */
  connectDirectly(): Promise<RawClient> {
    return this.redis.connect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.close();
    await this.redis[Symbol.asyncDispose]();
  }
}
