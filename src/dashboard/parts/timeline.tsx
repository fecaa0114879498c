/** What happened, the last first, each with its clause. */
import type { InstanceView, StoryLineView } from '../../control-plane/actions/views.js';
import { linesOf } from '../live/story.js';
import { useView } from '../live/use-live.js';
import { shortTime } from '../times.js';
import { lineWords, wordsOf } from '../words.js';
import { Clause } from './clause.js';

const SHOWN_MAX = 60;

export function Timeline({ instance }: { readonly instance: InstanceView }) {
  const lines = linesOf(useView().story, instance).reverse();
  return (
    <section class="card timeline-card" aria-labelledby="timeline">
      <h2 id="timeline">What happened</h2>
      {/* Scrolls by itself, so it can be reached by keyboard. */}
      <ol class="timeline" tabIndex={0} aria-labelledby="timeline">
        {lines.slice(0, SHOWN_MAX).map((line) => (
          <Line key={line.event.seq} line={line} />
        ))}
      </ol>
      {lines.length > SHOWN_MAX && (
        <p class="quiet">
          More of it: <code>frostgate timeline {instance.id}</code>
        </p>
      )}
    </section>
  );
}

function Line({ line }: { readonly line: StoryLineView }) {
  const { type, data, clause } = line.event;
  const isTurn = type === 'state-changed';
  const tone = isTurn ? `turn tone-${wordsOf(data.to ?? '').tone}` : '';
  return (
    <li class={`line ${tone}`}>
      <time dateTime={line.at}>{shortTime(Date.parse(line.at))}</time>
      <p>
        {lineWords(line)} <Clause clause={clause} />
      </p>
    </li>
  );
}
