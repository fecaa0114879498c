/** A command whose arguments are changed while it streams: nothing has to be held but what is changed. */
import { argumentBytes, commandHead } from './command-bytes.js';

export interface ArgumentEdit {
  /** In place of the line before the arguments, where there will be more of them or fewer; `from` is 0 then. */
  readonly head: Buffer | null;
  /** Arguments from this one on are shown (the name is 0); those before it pass as they are. */
  readonly from: number;
  /** Longer ones are not shown. */
  readonly bytesMax: number;
  /**
   * An argument, good only during the call; null: a longer one, which passes behind what is returned. Returns what
   * goes out in the place of the argument, in RESP; null: itself.
   */
  take(argument: Buffer | null, index: number): Buffer | null;
  /** What goes out behind the last argument. */
  end(): Buffer | null;
}

/** The same for a command that is whole, such as an inline one. */
export function editWhole(edit: ArgumentEdit, args: readonly Buffer[]): Buffer {
  const parts = [edit.head ?? commandHead(args.length)];
  args.forEach((argument, index) => {
    const isShown = index >= edit.from;
    const isLong = argument.length > edit.bytesMax;
    const instead = isShown ? edit.take(isLong ? null : argument, index) : null;
    if (instead) parts.push(instead);
    if (!instead || isLong) parts.push(argumentBytes(argument));
  });
  const last = edit.end();
  return Buffer.concat(last ? [...parts, last] : parts);
}
