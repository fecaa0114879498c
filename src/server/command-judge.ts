/** What becomes of each command of one session: refused, passed, translated, or kept waiting. */
import type { CommandEntry } from './command-table.js';
import { refusalOf } from './gate.js';
import { loginBytes, type LoginDesk } from './login-desk.js';
import { MARK_COMMAND, refusalCommand } from './refusals.js';
import { ASK_AGAIN, LAST, LOOK_INSIDE, type Decision } from './resp/request-sink.js';
import type { Situation } from './situation.js';
import { ClientsWords } from './times/clients-words.js';
import type { TimeRule } from './times/time-rules.js';
import { COUNT } from './traffic.js';
import { VirtualTime } from './times/virtual-time.js';

const RESET = Buffer.from('*1\r\n$5\r\nRESET\r\n');

export class CommandJudge {
  /** For Redis' complaints about commands that it was sent under another name. */
  readonly words = new ClientsWords();
  /** The client may be waiting in Redis, and what it sends meanwhile is carried out later. */
  #mayBeBlocked = false;
  /** What was passed on may do so at any time, whatever is passed on from now on: give an expiry, change data. */
  readonly owes = { expiry: false, write: false };
  /** Names of commands that were refused here: as many as Redis has. */
  readonly #refused = new Set<string>();

  constructor(
    private readonly situation: () => Situation,
    private readonly desk: LoginDesk,
    private readonly tell: {
      /** A command has to wait until time has moved. */
      hasToWait(): void;
      /** A command goes out whose answer may take as long as it likes. */
      mayBlock(): void;
    },
  ) {}

  decide(entry: CommandEntry | undefined, argumentCount: number): Decision {
    const { access, words, traffic, writes } = this.situation();
    traffic.add(entry === undefined ? COUNT.others : entry.counted);
    // Of a refused one as well: that costs nothing, and what is looked up here is looked up for every command.
    if (entry === undefined || entry.mayWrite) {
      writes.any = true;
      this.owes.write ||= this.#mayBeBlocked;
    }
    const nothingIsRefused = access.reads === null && access.writes === null;
    const isOrdinary = entry !== undefined && argumentCount < entry.ordinaryBelow;
    if (traffic.refused.awaitsWrite && entry?.row.write) traffic.refused.wrote();
    if (isOrdinary && nothingIsRefused && this.desk.isLoggedIn) return null;
    const nobody = this.desk.isLoggedIn ? null : words.notLoggedIn;
    const line = refusalOf(entry, argumentCount, access, nobody);
    if (line !== null) {
      const { name } = entry?.row ?? { name: '' };
      traffic.add(COUNT.refusedCommands);
      traffic.refused.add(name, line, this.#refused.has(name));
      this.#refused.add(name);
      return refusalCommand(line);
    }
    if (!entry || entry.notOpen !== null || isOrdinary) return null;
    if (argumentCount >= entry.givesExpiryFrom && !this.#mayGiveExpiry()) {
      traffic.add(entry.counted, -1); // it is counted when it is asked about again
      return ASK_AGAIN;
    }
    if (entry.mayBlock) {
      this.#mayBeBlocked = true;
      this.tell.mayBlock();
    }
    if (entry.timeRule) return this.#translate(entry.row.name, entry.timeRule, argumentCount);
    return this.#aboutTheConnection(entry.row.name, argumentCount);
  }

  /** False while time moves. */
  #mayGiveExpiry(): boolean {
    const { shift } = this.situation();
    if (shift.waiting !== 'none') {
      this.tell.hasToWait();
      return false;
    }
    shift.gaveExpiry();
    this.owes.expiry ||= this.#mayBeBlocked;
    return true;
  }

  /** The client's times are not Redis' times. */
  #translate(name: string, rule: TimeRule, argumentCount: number): Decision {
    if (this.situation().time === null) return null;
    if (argumentCount < rule.least || argumentCount > (rule.most ?? Infinity)) return null;
    if (rule.sentAs !== undefined) this.words.note(rule.sentAs, name);
    return rule.apply(() => this.situation().time ?? VirtualTime.real, argumentCount);
  }

  #aboutTheConnection(name: string, argumentCount: number): Decision {
    if ((name === 'auth' || name === 'hello') && argumentCount > 1) return LOOK_INSIDE;
    // What is written behind it to a Redis that has closed would cost the client the answer.
    if (name === 'quit') return LAST;
    if (name !== 'reset' || argumentCount !== 1) return null;
    const { unasked } = this.situation();
    this.desk.isLoggedIn = unasked !== null;
    if (!unasked) return null;
    // RESET forgets who is logged in. CLIENT REPLY SKIP may keep its answer back, but not the mark's.
    return Buffer.concat([RESET, MARK_COMMAND, loginBytes(unasked)]);
  }
}
