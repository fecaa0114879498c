/**
 * Where Redis complains of a command by name, and was sent another one than the client said, the client sees its own.
 * Replies are not counted, so it is the name of the last one that was sent as that.
 */
const COMPLAINT =
  /^-(?:ERR Can't execute|NOPERM (?:this user|User .*) has no permissions to run the) '([a-z_]+)'/;

export class ClientsWords {
  #meant: Map<string, string> | null = null;

  /** `name` is sent as `sentAs`. */
  note(sentAs: string, name: string): void {
    this.#meant ??= new Map();
    this.#meant.set(sentAs, name);
  }

  /** The line as the client shall see it; null: as it is. */
  of(line: Buffer): Buffer | null {
    if (!this.#meant) return null;
    const text = line.toString('latin1');
    const quoted = COMPLAINT.exec(text)?.[1];
    const name = quoted === undefined ? undefined : this.#meant.get(quoted);
    if (quoted === undefined || name === undefined || name === quoted) return null;
    return Buffer.from(text.replace(`'${quoted}'`, `'${name}'`), 'latin1');
  }
}
