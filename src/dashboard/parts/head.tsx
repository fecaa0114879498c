/** The top of the page: what this is, whether it is connected, light or dark. */
import { useEffect, useState } from 'preact/hooks';
import { useView } from '../live/use-live.js';
import { Sign } from './sign.js';

const PHASES = {
  connecting: 'connecting…',
  login: '',
  live: '',
  lost: 'no connection, trying again…',
};

export function Head() {
  const { phase, status } = useView();
  return (
    <header class="head">
      <h1>
        <Sign name="frost" /> Frostgate
      </h1>
      <p class="quiet head-about">
        A simulation. No real service, no real money.
        {status && <span class="engine"> What answers is a real {engineOf(status.engine)}.</span>}
      </p>
      <p class="head-phase" role="status">
        {PHASES[phase]}
      </p>
      <ThemeSwitch />
    </header>
  );
}

/** `process: redis-server 7.0.15 (/usr/bin/redis-server)`, for people. */
const engineOf = (engine: string): string => engine.replace(/^\w+: | \(.*/g, '');

const THEME = 'frostgate-theme';

/** As the system has it, until somebody chooses. */
function ThemeSwitch() {
  const systemIsDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const [theme, setTheme] = useState(
    localStorage.getItem(THEME) ?? (systemIsDark ? 'dark' : 'light'),
  );
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      class="plain"
      onClick={() => {
        localStorage.setItem(THEME, other);
        setTheme(other);
      }}
    >
      <Sign name={other === 'dark' ? 'moon' : 'sun'} />
      <span class="label">{other === 'dark' ? 'Dark' : 'Light'}</span>
    </button>
  );
}
