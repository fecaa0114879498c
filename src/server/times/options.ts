/** Where the times stand among the options of a command. */
import { MILLISECOND, SECOND, wordOf } from './virtual-time.js';

/** Words that are followed by a time, by a number, or by nothing. */
const ABSOLUTE: ReadonlyMap<string, bigint> = new Map([
  ['EXAT', SECOND],
  ['PXAT', MILLISECOND],
]);
const VALUED: ReadonlySet<string> = new Set([
  ...['EX', 'PX', 'IDLETIME', 'FREQ'],
  // What SET compares with: Redis 8.4, the first one also Valkey 8.1.
  ...['IFEQ', 'IFNE', 'IFDEQ', 'IFDNE'],
]);

export interface FoundTime {
  /** The place of the word; the time follows it. */
  readonly at: number;
  readonly unit: bigint;
}

export class Options {
  #countAt = -1;

  /**
   * @param next the place of the first option
   * @param perField how many arguments there are for each field behind `FIELDS count`; 0: there is no such option
   */
  constructor(
    private next: number,
    private readonly perField: number,
  ) {}

  /** Whether what stands at this place, behind all that was read, is no option but belongs to one. */
  isValue(place: number): boolean {
    return place < this.next;
  }

  /** The words in these arguments, the first of which stands at `first`; to be called with all of them in their order. */
  read(args: readonly Buffer[], first: number): { times: FoundTime[]; words: Set<string> } {
    const times: FoundTime[] = [];
    const words = new Set<string>();
    args.forEach((argument, i) => {
      const place = first + i;
      if (place < this.next) return;
      this.next = place + 1;
      if (place === this.#countAt) {
        const count = Number(argument.toString('latin1'));
        if (count > 0) this.next += count * this.perField;
        return;
      }
      const word = wordOf(argument);
      words.add(word);
      const unit = ABSOLUTE.get(word);
      if (unit !== undefined) times.push({ at: i, unit });
      if (unit !== undefined || VALUED.has(word)) this.next += 1;
      if (this.perField > 0 && word === 'FIELDS') this.#countAt = place + 1;
    });
    return { times, words };
  }
}
