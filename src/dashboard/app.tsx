/** The whole page: what is where. */
import { ApplicationPart } from './parts/application.js';
import { Backups } from './parts/backups.js';
import { Balance } from './parts/balance.js';
import { ClockPart } from './parts/clock.js';
import { Head } from './parts/head.js';
import { Instances } from './parts/instances.js';
import { Login } from './parts/login.js';
import { Meters } from './parts/meters.js';
import { Problem } from './parts/problem.js';
import { Standing } from './parts/standing.js';
import { Timeline } from './parts/timeline.js';
import { Ahead } from './parts/ahead.js';
import { Welcome } from './parts/welcome.js';
import { selectedOf } from './live/view.js';
import { useView } from './live/use-live.js';

export function App() {
  const view = useView();
  const instance = selectedOf(view);
  if (view.phase === 'login') return <Login />;
  return (
    <>
      <a class="skip" href="#standing">
        Skip to the instance
      </a>
      <Head />
      <Problem />
      <p class="unseen" role="status" aria-live="polite">
        {view.announcement}
      </p>
      <main>
        <div class="side">
          <ClockPart />
          <Instances />
          {instance && <Ahead instance={instance} />}
        </div>
        {instance ? (
          <>
            <div class="middle">
              <Standing instance={instance} />
              <ApplicationPart instance={instance} />
              <Meters instance={instance} />
            </div>
            <div class="side">
              <Timeline instance={instance} />
              <Balance instance={instance} />
              <Backups instance={instance} />
            </div>
          </>
        ) : (
          <Welcome />
        )}
      </main>
    </>
  );
}
