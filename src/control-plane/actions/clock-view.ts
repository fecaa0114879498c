/** What the API shows of the virtual clock. */
import { Type, type Static } from 'typebox';
import { formatInstant } from '../core/duration.js';
import type { ControlPlane } from '../control-plane.js';
import { instant, nullable } from './view-fields.js';

export const clockView = Type.Object(
  {
    now: instant('What the clock says'),
    mode: Type.String({ description: 'frozen or running' }),
    rate: Type.Number({ description: 'Virtual milliseconds for each real one; 0 while frozen' }),
    state: Type.String({ description: 'ready, advancing or failed' }),
    target: nullable(instant('Where an advance that is under way leads')),
    share: nullable(Type.Number({ description: 'How much of that way is done, 0 to 1' })),
    steps: nullable(Type.Integer({ description: 'How many deadlines it met so far' })),
    doing: nullable(
      Type.String({
        description: 'What it did last, or what is being backed up or restored, for people',
      }),
    ),
    problem: nullable(Type.String({ description: 'Why the clock stands where it stands' })),
  },
  { title: 'The clock' },
);
export type ClockView = Static<typeof clockView>;

export function viewClock(controlPlane: ControlPlane): ClockView {
  const { clock, clockStatus: status } = controlPlane;
  const way = status.state === 'advancing' ? status : null;
  return {
    now: formatInstant(clock.now()),
    mode: clock.rate === 0 ? 'frozen' : 'running',
    rate: clock.rate,
    state: status.state,
    target: way && formatInstant(way.target),
    share: way && shareOf(clock.now() - way.from, way.target - way.from),
    steps: way && way.steps,
    doing: way ? way.doing : controlPlane.backups.doing,
    problem: status.state === 'failed' ? status.problem : null,
  };
}

/** To a tenth of a percent. */
function shareOf(done: number, whole: number): number {
  return whole === 0 ? 1 : Math.round((done / whole) * 1000) / 1000;
}
