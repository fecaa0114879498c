/** The set of endpoints. Every verb may be repeated: it brings about what it says. */
import { Endpoint } from './endpoint.js';
import type { EndpointSpec } from './endpoint-spec.js';

export class ProxyServer {
  readonly #endpoints = new Map<string, Endpoint>();

  /** @param report is told of mistakes of our own: each ends one session, and nothing else. */
  constructor(private readonly report: (problem: string) => void = () => undefined) {}

  /** Opens the endpoint, or changes the open one. Throws DataPlaneError. */
  async apply(spec: EndpointSpec): Promise<{ readonly port: number }> {
    const open = this.#endpoints.get(spec.instanceId);
    if (open) {
      open.apply(spec);
      return { port: open.port };
    }
    const endpoint = await Endpoint.open(spec, this.report);
    this.#endpoints.set(spec.instanceId, endpoint);
    return { port: endpoint.port };
  }

  /** Resolves when the replies that Redis had sent by now were handed on to the clients. */
  async settle(instanceId: string): Promise<void> {
    await this.#endpoints.get(instanceId)?.settle();
  }

  /** Stops listening and ends the sessions; nothing to do where there is no such endpoint. */
  async remove(instanceId: string): Promise<void> {
    const endpoint = this.#endpoints.get(instanceId);
    this.#endpoints.delete(instanceId);
    await endpoint?.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#endpoints.keys()].map((id) => this.remove(id)));
  }
}
