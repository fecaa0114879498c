/** What crosses the port of the applications' thread: plain data. */
import type { ApplicationSample, ApplicationSpec } from '../control-plane/applications.js';

export type ApplicationCall =
  | { readonly verb: 'start'; readonly spec: ApplicationSpec }
  | { readonly verb: 'stop'; readonly instanceId: string };

export interface ApplicationNews {
  readonly instanceId: string;
  readonly sample: ApplicationSample;
}
