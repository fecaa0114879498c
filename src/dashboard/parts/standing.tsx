/** How an instance stands: in one word, in one sentence, with what comes next and what can be done about it. */
import type { InstanceView } from '../../control-plane/actions/views.js';
import { useTicks, useView } from '../live/use-live.js';
import { virtualNow } from '../live/view.js';
import { shortTime, spanWords } from '../times.js';
import { plannedWords, standingOf, turnsOf } from '../words.js';
import { Clause } from './clause.js';
import { Deeds } from './deeds.js';
import { Sign } from './sign.js';
import { ToneSign } from './tone-sign.js';

export function Standing({ instance }: { readonly instance: InstanceView }) {
  const { title, means, tone } = standingOf(instance);
  return (
    <section id="standing" class={`standing tone-${tone}`} aria-labelledby="standing-title">
      {tone === 'frozen' && (
        <div class="rime">
          <Sign name="frost" />
        </div>
      )}
      <p class="standing-name">
        <strong>{instance.name}</strong> <span>{instance.instanceClass}</span>
      </p>
      <h2 id="standing-title" class="standing-title">
        <ToneSign tone={tone} /> {title}
      </h2>
      <p class="standing-means">{means}</p>
      <Why instance={instance} />
      <Countdown instance={instance} />
      <Doors instance={instance} />
      <Deeds instance={instance} />
    </section>
  );
}

/** Since when it is so, what made it so, and by which clause. */
function Why({ instance }: { readonly instance: InstanceView }) {
  const { why } = useView();
  const [suspension] = instance.suspensions;
  if (suspension && instance.url !== null) {
    return (
      <p class="why">
        Since {shortTime(Date.parse(suspension.since))}. <Clause clause={suspension.clause} /> It is
        lifted by: <code>frostgate {suspension.liftedBy}</code>
      </p>
    );
  }
  if (why?.instanceId !== instance.id) return null;
  return (
    <p class="why">
      Since {shortTime(Date.parse(instance.since))}: {why.text}. <Clause clause={why.clause} />
    </p>
  );
}

/** How long until something changes by itself. */
function Countdown({ instance }: { readonly instance: InstanceView }) {
  useTicks(1_000);
  const view = useView();
  const [change] = turnsOf(view.plan?.changes ?? []);
  if (!change || view.plan?.instanceId !== instance.id) return null;
  const left = Math.max(0, Date.parse(change.at) - virtualNow(view));
  return (
    <p class="countdown">
      Next, in <strong>{spanWords(left)}</strong>: {plannedWords(change, instance.state)}.
    </p>
  );
}

/** Reading and writing, each open or shut. */
function Doors({ instance }: { readonly instance: InstanceView }) {
  return (
    <dl class="doors">
      <Door what="Reading" line={instance.reads} />
      <Door what="Writing" line={instance.writes} />
    </dl>
  );
}

const DOORS: Readonly<Record<string, string>> = { pass: 'works', closed: 'not possible' };

function Door({ what, line }: { readonly what: string; readonly line: string }) {
  return (
    <div class={`door ${line === 'pass' ? 'door-open' : 'door-shut'}`}>
      <dt>{what}</dt>
      <dd>
        <strong>{DOORS[line] ?? 'refused'}</strong>
        {DOORS[line] === undefined && <code>{line}</code>}
      </dd>
    </div>
  );
}
