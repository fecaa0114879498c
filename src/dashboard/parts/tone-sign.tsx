import type { Tone } from '../words.js';
import { Sign } from './sign.js';

/** A state by its sign: colour alone would not do. */
export function ToneSign({ tone }: { readonly tone: Tone }) {
  return <Sign name={tone === 'frozen' ? 'frost' : tone} />;
}
