/** What the page shows, as one value that never changes: a change is another one. */
import type { InstanceView, StoryLineView } from '../../control-plane/actions/views.js';
import type { ClockView } from '../../control-plane/actions/clock-view.js';
import type { Output } from '../api/api.js';
import type { CoursePoint } from './course.js';

export type ApplicationView = Output<'DescribeApplication'>;
export type Sample = ApplicationView['samples'][number];

export interface View {
  /** `login`: the simulator wants its token; `lost`: it does not answer, and is tried again. */
  readonly phase: 'connecting' | 'login' | 'live' | 'lost';
  readonly status: Output<'GetStatus'> | null;
  readonly clock: ClockView | null;
  /** When the clock was looked at, by performance.now(): between two looks it is carried on from there. */
  readonly clockSeenAt: number;
  /** Also those that are gone. */
  readonly instances: readonly InstanceView[];
  readonly selectedId: string | null;
  readonly plan: Output<'DescribeInstancePlan'> | null;
  /** Why it is in its state. */
  readonly why: {
    readonly instanceId: string;
    readonly text: string;
    readonly clause: string | null;
  } | null;
  readonly story: readonly StoryLineView[];
  readonly course: readonly CoursePoint[];
  readonly application: ApplicationView | null;
  readonly samples: readonly Sample[];
  /** The newest ones, oldest first. */
  readonly backups: Output<'DescribeBackups'>['backups'];
  readonly meters: Output<'DescribeHistoryMonitorValues'> | null;
  /** What somebody here asked for and is under way. */
  readonly doing: string | null;
  readonly problem: string | null;
  /** For those who listen to the page. */
  readonly announcement: string;
}

export const EMPTY: View = {
  phase: 'connecting',
  status: null,
  clock: null,
  clockSeenAt: 0,
  instances: [],
  selectedId: decodeURIComponent(location.hash.slice(1)) || null,
  plan: null,
  why: null,
  story: [],
  course: [],
  application: null,
  samples: [],
  meters: null,
  backups: [],
  doing: null,
  problem: null,
  announcement: '',
};

/** The instance that is looked at. */
export function selectedOf({ instances, selectedId }: View): InstanceView | null {
  return instances.find(({ id }) => id === selectedId) ?? null;
}

/** What the virtual clock says by now. */
export function virtualNow({ clock, clockSeenAt }: View): number {
  if (clock === null) return 0;
  return Date.parse(clock.now) + (performance.now() - clockSeenAt) * clock.rate;
}
