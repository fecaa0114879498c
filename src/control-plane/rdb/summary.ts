/** What is to be known of an RDB before anybody relies on it. */
import type { RdbEvent } from './events.js';
import { LaterValue } from './later.js';
import { shapeOf, type Shape } from './shapes.js';

export class Summary {
  rdbVersion = 0;
  isValkey = false;
  /** What the file says of the Redis that wrote it; null: nothing. */
  redisVersion: string | null = null;
  keys = 0;
  /** Keys that end, or have fields that do. */
  expires = 0;
  /** How many databases it needs: one more than the highest number of one that has keys. */
  databases = 0;
  /** The longest value (bytes), as it is to be given back. */
  longest = 0;
  /** Modules that keep data beside the keys, by name. */
  readonly modules = new Set<string>();
  #value: LaterValue | null = null;
  #length = 0;

  /** @param shiftMs what times are to be moved by. */
  constructor(private readonly shiftMs = 0n) {}

  /** Throws RdbError for what could not be given back. */
  take(event: RdbEvent): undefined {
    switch (event.kind) {
      case 'begin':
        this.rdbVersion = event.version;
        this.isValkey = event.isValkey;
        return;
      case 'aux':
        if (VERSIONS.includes(event.name)) this.redisVersion = event.value;
        return;
      case 'module':
        this.modules.add(event.name);
        return;
      case 'key': {
        const { type, expiresAt, database } = event.key;
        this.keys += 1;
        if (expiresAt !== null || hasTimes(shapeOf(type, this.isValkey) ?? [])) this.expires += 1;
        this.databases = Math.max(this.databases, database + 1);
        this.#value = new LaterValue(type, this.shiftMs);
        this.#length = 0;
        return;
      }
      case 'value':
      case 'time':
        this.#length += this.#value?.part(event).length ?? 0;
        this.longest = Math.max(this.longest, this.#length);
        return;
      case 'expiry':
      case 'library':
      case 'rest':
      case 'end':
    }
  }
}

/** Fields of the file that say which server wrote it: Valkey writes its own name as well. */
const VERSIONS = ['redis-ver', 'valkey-ver'];

function hasTimes(shape: Shape): boolean {
  return shape.some((step) => step === 'time' || (typeof step === 'object' && hasTimes(step.each)));
}
