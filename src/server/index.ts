/** The data plane's door: sockets and RESP, no money and no states. */
export { ProxyServer } from './proxy-server.js';
export { ProxyThread } from './proxy-thread.js';
export type {
  Access,
  BackendAddress,
  BackendLogin,
  Ceilings,
  CommandRow,
  CommandText,
  EndpointSpec,
  Login,
  PasswordHash,
  ShiftBegun,
  ShiftedTo,
  ShiftOf,
  TimeMap,
  Words,
} from './endpoint-spec.js';
export type { TrafficCounts } from './traffic.js';
export { DataPlaneError } from './data-plane-error.js';
