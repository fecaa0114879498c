// As dist/server/traffic.js, and counts nothing: see unmetered.mjs.
import { COUNT, Traffic as Counting } from '../../dist/server/traffic.js';

export { COUNT };

export class Traffic extends Counting {
  refused = { awaitsWrite: false, add() {}, changed() {}, wrote() {}, read: () => this.#nothing };
  #nothing = new Counting().refused.read();

  add() {}

  took() {}
}

export class Stopwatch {
  sent() {}

  came() {}

  ignoreNext() {}
}
