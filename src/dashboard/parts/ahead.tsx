/** What will happen, and when, if nobody pays and nobody acts. */
import type { InstanceView } from '../../control-plane/actions/views.js';
import { useTicks, useView } from '../live/use-live.js';
import { virtualNow } from '../live/view.js';
import { shortTime, spanWords } from '../times.js';
import { doorWords, plannedTone, plannedWords, turnsOf } from '../words.js';
import { Clause } from './clause.js';
import { ToneSign } from './tone-sign.js';

/** What is further ahead than this is for the command line: frostgate instance plan. */
const STEPS_MAX = 6;

export function Ahead({ instance }: { readonly instance: InstanceView }) {
  useTicks(1_000);
  const view = useView();
  const { plan } = view;
  if (plan?.instanceId !== instance.id) return null;
  const now = virtualNow(view);
  return (
    <section class="card" aria-labelledby="ahead">
      <h2 id="ahead">If nobody pays</h2>
      {plan.changes.length === 0 && <p class="quiet">Nothing changes any more.</p>}
      <ol class="ahead">
        {turnsOf(plan.changes)
          .slice(0, STEPS_MAX)
          .map((one) => {
            const tone = plannedTone(one);
            return (
              <li key={`${one.at} ${one.what}`} class={`step tone-${tone}`}>
                <ToneSign tone={tone} />
                <p class="step-when">
                  in <strong>{spanWords(Math.max(0, Date.parse(one.at) - now))}</strong>{' '}
                  <span class="quiet moment">{shortTime(Date.parse(one.at))}</span>
                </p>
                <p class="step-what">
                  {plannedWords(one, instance.state)} <Clause clause={one.clause} />
                </p>
                <p class="quiet">{doorWords(one)}</p>
              </li>
            );
          })}
      </ol>
    </section>
  );
}
