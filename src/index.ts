/** The library's door. */
export { startSimulator, type Simulator, type SimulatorOptions } from './simulator.js';
export { connectTo } from './client.js';
export { SimulatorError, ERRORS, type ErrorCode } from './control-plane/core/errors.js';
export type { ActionClient } from './control-plane/actions/index.js';
export type {
  AccountView,
  EventView,
  InstanceView,
  LedgerEntryView,
} from './control-plane/actions/views.js';
export type { ClockView } from './control-plane/actions/clock-view.js';
