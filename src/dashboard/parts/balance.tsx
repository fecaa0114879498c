/** The account's money: what there is, what is owed, and how it came to that. */
import { useMemo } from 'preact/hooks';
import type { InstanceView } from '../../control-plane/actions/views.js';
import { useView } from '../live/use-live.js';
import { shortTime } from '../times.js';
import { Chart, type Line } from './chart.js';

const LINES: readonly Line[] = [{ label: 'Balance', colour: 'balance', steps: true, fill: true }];

export function Balance({ instance }: { readonly instance: InstanceView }) {
  const { status, course, clock } = useView();
  const account = status?.accounts.find(({ id }) => id === instance.accountId);
  const now = clock === null ? 0 : Date.parse(clock.now);
  const data = useMemo(() => {
    const last = course.at(-1);
    // Drawn up to now: what was so at the last entry still is.
    const all = last && now > last.at ? [...course, { at: now, balance: last.balance }] : course;
    return [all.map(({ at }) => at / 1000), all.map(({ balance }) => balance)];
  }, [course, now]);
  if (!account) return null;
  const owes = Number(account.balance) < 0;
  return (
    <section class="card" aria-labelledby="balance">
      <h2 id="balance">Money</h2>
      <div class="figures">
        <p class={`figure ${owes ? 'figure-bad' : ''}`}>
          <span class="figure-value">{account.balance}</span>
          <span class="figure-name">
            {account.currency} {owes ? 'owed' : 'on the account'}
          </span>
        </p>
        <p class="figure">
          <span class="figure-value">{priceOf(instance)}</span>
          <span class="figure-name">
            {account.currency} {instance.chargeType === 'PrePaid' ? 'a month' : 'an hour'}
          </span>
        </p>
        {account.owingSince !== null && (
          <p class="figure">
            <span class="figure-value">{shortTime(Date.parse(account.owingSince))}</span>
            <span class="figure-name">owing since</span>
          </p>
        )}
      </div>
      <Chart
        title="Balance over simulated time"
        lines={LINES}
        data={data}
        zero
        isVirtual
        height={150}
      />
    </section>
  );
}

function priceOf({ chargeType, pricePerHour, pricePerMonth }: InstanceView): string {
  return chargeType === 'PrePaid' ? pricePerMonth : pricePerHour;
}
