/** All instances, those that are gone too: which one is looked at. */
import type { InstanceView } from '../../control-plane/actions/views.js';
import { useLive, useView } from '../live/use-live.js';
import { standingOf } from '../words.js';
import { ToneSign } from './tone-sign.js';

export function Instances() {
  const { instances } = useView();
  if (instances.length < 2) return null;
  return (
    <nav class="card" aria-labelledby="instances">
      <h2 id="instances">Instances</h2>
      <ul class="instances">
        {instances.map((one) => (
          <li key={one.id}>
            <Choice instance={one} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Choice({ instance }: { readonly instance: InstanceView }) {
  const live = useLive();
  const isSelected = useView().selectedId === instance.id;
  const { title, tone } = standingOf(instance);
  return (
    <button
      type="button"
      class={`choice tone-${tone}`}
      aria-current={isSelected ? 'true' : undefined}
      onClick={() => live.select(instance.id)}
    >
      <ToneSign tone={tone} />
      <span class="choice-name">{instance.name}</span>
      <span class="quiet">{title}</span>
    </button>
  );
}
