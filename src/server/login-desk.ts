/** The tries to log in of one session. */
import { commandOf, loginCommandOf, WRONG_LOGIN } from './login-commands.js';
import type { BackendLogin } from './endpoint-spec.js';
import type { LoginGuard } from './login-guard.js';
import { NO_PASSWORD_SET, type Logins } from './logins.js';
import { refusalCommand } from './refusals.js';
import { ASK_AGAIN } from './resp/request-sink.js';

/** A shorter wait is not worth a timer. */
const SHORTEST_WAIT_MS = 1;

export class LoginDesk {
  /** The tries that come next have waited for their turn. */
  #haveTurn = false;
  /** Taken of the guard, and not looked at yet. */
  #waiting = 0;

  constructor(
    /** Where the client comes from. */
    private readonly address: string,
    /** Redis knows better; here it is only about the order of refusals. */
    public isLoggedIn: boolean,
    private readonly askAgainAfter: (ms: number) => void,
  ) {}

  /** The client left: what it waited for is not its turn any more. */
  leave(guard: LoginGuard): void {
    guard.giveBack(this.address, this.#waiting);
    this.#waiting = 0;
  }

  /** What goes to Redis in the place of an AUTH or HELLO; null: itself. No arguments: it is too long to be looked at. */
  inspect(
    args: readonly Buffer[] | null,
    guard: LoginGuard,
    logins: Logins,
  ): Buffer | null | typeof ASK_AGAIN {
    if (!args) return loginBytes(WRONG_LOGIN);
    const command = loginCommandOf(args);
    if (!command) return null;
    if (!this.#haveTurn) {
      const { waitMs, isTurn } = guard.take(this.address, command.tries.length);
      this.#haveTurn = isTurn;
      this.#waiting = isTurn ? command.tries.length : 0;
      if (waitMs >= SHORTEST_WAIT_MS) {
        this.askAgainAfter(waitMs);
        return ASK_AGAIN;
      }
    }
    this.#haveTurn = false;
    this.#waiting = 0;
    const verdicts = command.tries.map((one) => logins.verdictOf(one));
    const right = verdicts.filter((verdict) => verdict !== 'wrong');
    guard.giveBack(this.address, right.length);
    if (right.includes('no password set')) return refusalCommand(NO_PASSWORD_SET);
    if (right.length > 0) this.isLoggedIn = true;
    return command.toldAs(
      verdicts.map((verdict) => (typeof verdict === 'object' ? verdict : WRONG_LOGIN)),
    );
  }
}

export function loginBytes({ username, password }: BackendLogin): Buffer {
  return commandOf(['AUTH', username, password]);
}
