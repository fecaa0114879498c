/** The test library's door. */
export {
  Frostgate,
  startFrostgate,
  type FrostgateOptions,
  type InstanceOptions,
  type WorldCheckpoint,
} from './frostgate.js';
export type { Observation, Refused, Report } from './observation.js';
export { TestInstance, type StateName } from './test-instance.js';
