/** What crosses the data plane's message port. Plain data, both ways. */
import type { DataPlaneError } from './data-plane-error.js';
import type { EndpointSpec } from './endpoint-spec.js';

export type Request =
  | { readonly verb: 'apply'; readonly spec: EndpointSpec }
  | { readonly verb: 'settle' | 'remove'; readonly instanceId: string }
  | { readonly verb: 'close' };

/** The number ties the answer to it. */
export type Call = Request & { readonly number: number };

export type Answer =
  | {
      readonly number: number;
      readonly result?: { readonly port: number } | undefined;
      /** `code` is null for a mistake of our own. */
      readonly error?: {
        readonly code: DataPlaneError['code'] | null;
        readonly details: DataPlaneError['details'];
      };
    }
  /** For the log: a session had to be ended by a mistake of our own. */
  | { readonly problem: string };
