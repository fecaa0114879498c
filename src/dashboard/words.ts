/** What the page says, in words for people who never saw a managed Redis. Pure. */
import type { EventView, InstanceView, StoryLineView } from '../control-plane/actions/views.js';

/** How a state looks: its colour and its sign follow from what clients may do. */
export type Tone = 'good' | 'warn' | 'frozen' | 'gone' | 'busy';

interface Words {
  readonly title: string;
  readonly means: string;
  readonly tone: Tone;
  /** Of what is to come. */
  readonly will: string;
}

const STATES: Readonly<Record<string, Words>> = {
  creating: {
    title: 'Being set up',
    means: 'The service is starting. Nobody can connect yet.',
    tone: 'busy',
    will: 'it is set up',
  },
  active: {
    title: 'In service',
    means: 'Applications can read and write.',
    tone: 'good',
    will: 'it is back in service',
  },
  overdue: {
    title: 'Payment overdue',
    means: 'Applications can still read and write, but the time to pay is running.',
    tone: 'warn',
    will: 'payment is overdue',
  },
  frozen: {
    title: 'Frozen',
    means: 'Nobody has paid. The data is still there.',
    tone: 'frozen',
    will: 'it is frozen',
  },
  released: {
    title: 'Released',
    means: 'The service is closed. The data is kept in the recycle bin for a while.',
    tone: 'gone',
    will: 'it is closed, and the data goes to the recycle bin',
  },
  deleted: {
    title: 'Deleted',
    means: 'The service and all of its data are gone for good.',
    tone: 'gone',
    will: 'it is deleted with all of its data',
  },
};

const UNKNOWN: Words = { title: '', means: '', tone: 'busy', will: '' };

export function wordsOf(state: string): Words {
  return STATES[state] ?? { ...UNKNOWN, title: state, will: state };
}

interface Planned {
  readonly at: string;
  readonly state: string;
  readonly what: string;
}

/** Of what is planned for the same moment and the same state, the last: the others lead to it. */
export function turnsOf<One extends Planned>(changes: readonly One[]): One[] {
  return changes.filter(({ at, state }, index) => {
    const after = changes[index + 1];
    return after?.at !== at || after.state !== state;
  });
}

/** What will happen: another state in its words, everything else in the simulator's. */
export function plannedWords({ what, state }: Planned, now: string): string {
  return state === now && !what.includes(' -> ')
    ? what.replace(/^\S+-\d+ /, 'it ')
    : wordsOf(state).will;
}

/** How a planned state looks: as frozen, too, where it is paid for and refused all the same. */
export function plannedTone({ state, writes }: Planned & { readonly writes: string }): Tone {
  const { tone } = wordsOf(state);
  return writes !== 'pass' && (tone === 'good' || tone === 'warn') ? 'frozen' : tone;
}

type Doors = Pick<InstanceView, 'reads' | 'writes'>;

/** What applications may do now, or then. */
export function doorWords({ reads, writes }: Doors): string {
  if (writes === 'closed') return 'Applications cannot connect.';
  if (reads === 'pass' && writes === 'pass') return 'Applications can read and write.';
  if (reads === 'pass') return 'Applications can read; writing is refused.';
  return 'Reading and writing are refused.';
}

/** The title and the sign of an instance: a suspension or a lock shows even where it is paid for. */
export function standingOf(instance: InstanceView): { title: string; means: string; tone: Tone } {
  const { title, means, tone } = wordsOf(instance.state);
  const [suspension] = instance.suspensions;
  if (tone === 'gone' || tone === 'busy') return { title, means, tone };
  if (suspension) {
    const why = `The provider suspended it: ${suspension.reason}.`;
    return { title: 'Suspended', means: `${why} ${doorWords(instance)}`, tone: 'frozen' };
  }
  if (instance.writeLock) {
    return {
      title: 'Locked',
      means: `Its owner locked it. ${doorWords(instance)}`,
      tone: 'frozen',
    };
  }
  return { title, tone, means: tone === 'frozen' ? `${doorWords(instance)} ${means}` : means };
}

const SIZES = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** `740 bytes`, `1.2 MB`. */
export function sizeWords(bytes: number): string {
  const unit = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), SIZES.length - 1);
  const amount = bytes / 1024 ** unit;
  return `${String(Math.round(amount * 10) / 10)} ${SIZES[unit] ?? ''}`;
}

/** `1 key`, `1,200 keys`. */
export function many(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

/** A line of the story. */
export function lineWords({ count, event }: Pick<StoryLineView, 'count' | 'event'>): string {
  const words = eventWords(event);
  return count === 1 ? words : `${String(count)} × ${words}`;
}

function eventWords({ type, text, data, instanceId }: EventView): string {
  const { from = '', to = '' } = data;
  if (type === 'state-changed') return `${wordsOf(from).title} → ${wordsOf(to).title}`;
  return capital(withoutId(plainly(text, instanceId), instanceId));
}

/** What the simulator counts and abbreviates, for people who look at one instance. */
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/^(ab|v)-\d+: /, ''],
  [/^n-\d+ about \S+ /, 'a notice '],
  [/^cpu /, 'processor '],
  [/^bandwidthIn /, 'data coming in '],
  [/^bandwidthOut /, 'data going out '],
];

function plainly(text: string, id: string | null): string {
  const plain = PLAIN.reduce((words, [what, instead]) => words.replace(what, instead), text);
  return id === null ? plain : plain.replace(new RegExp(` of ${id}(?= is |: )`), '');
}

/** What a listener hears when something changes that matters; null: nothing that is worth it. */
export function announcementOf(event: EventView, name: string): string | null {
  if (event.type !== 'state-changed') return null;
  const { title, means } = wordsOf(event.data.to ?? '');
  return `${name}: ${title}. ${means}`;
}

/** Of which instance it is, is known; within a sentence it stays. */
function withoutId(text: string, id: string | null): string {
  if (id === null || !text.startsWith(`${id} `)) return text;
  const rest = text.slice(id.length + 1);
  return rest.startsWith('is ') ? `it ${rest}` : rest;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
