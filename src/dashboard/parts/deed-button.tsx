/** A button that does something in the simulator. While something is under way it does nothing, and keeps the focus. */
import type { ComponentChildren } from 'preact';
import { useLive, useView } from '../live/use-live.js';

interface DeedButtonProps {
  /** For those who ask what is under way. */
  readonly doing: string;
  readonly run: () => Promise<unknown>;
  readonly title?: string;
  readonly kind?: string;
  readonly children: ComponentChildren;
}

export function DeedButton({ doing, run, title, kind = '', children }: DeedButtonProps) {
  const live = useLive();
  const isBusy = useView().doing !== null;
  return (
    <button
      type="button"
      class={kind}
      title={title}
      aria-disabled={isBusy}
      onClick={() => {
        if (!isBusy) void live.act(doing, run);
      }}
    >
      {children}
    </button>
  );
}
