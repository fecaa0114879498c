/** Signs: small drawings beside words, never in place of them. */
const PATHS = {
  frost: 'M12 2v20M3.3 7l17.4 10M3.3 17 20.7 7M9 3.5l3 2.7 3-2.7M9 20.5l3-2.7 3 2.7',
  good: 'M4.5 12.5 10 18 20 6.5',
  warn: 'M12 3 2.5 20h19L12 3ZM12 9.5v5M12 17.3v.2',
  gone: 'M5 5l14 14M19 5 5 19',
  busy: 'M12 3a9 9 0 1 0 9 9',
  moon: 'M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5Z',
  sun: 'M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5',
  play: 'M7 4.5v15l12-7.5-12-7.5Z',
  pause: 'M8 5v14M16 5v14',
  stop: 'M6 6h12v12H6Z',
  next: 'M5 5l9 7-9 7V5ZM18.5 5v14',
  coin: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8.5 8l3.5 4.5L15.5 8M12 12.5V17M9 13.5h6',
  box: 'M4 7.5 12 3l8 4.5v9L12 21l-8-4.5v-9ZM4 7.5l8 4.5 8-4.5M12 12v9',
} as const;
export type SignName = keyof typeof PATHS;

export function Sign({ name }: { readonly name: SignName }) {
  return (
    <svg class={`sign sign-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
