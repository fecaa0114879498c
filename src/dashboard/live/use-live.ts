/** The page's parts see what is known through this. */
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Live } from './live.js';
import type { View } from './view.js';

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error('no Live above this part');
  return live;
}

/** Draws again whenever something changed. */
export function useView(): View {
  const live = useLive();
  const [view, setView] = useState(live.view);
  useEffect(() => live.subscribe(() => setView(live.view)), [live]);
  return view;
}

/** Draws again so often, for what is counted down. */
export function useTicks(everyMs: number): void {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}
