/** What can be done with an instance from here: pay, stop paying, freeze, and more where the API has it. */
import type { InstanceView } from '../../control-plane/actions/views.js';
import { call } from '../api/api.js';
import { standingOf } from '../words.js';
import { DeedButton } from './deed-button.js';
import { Sign, type SignName } from './sign.js';

/** What a payment is, in the currency of the simulator. */
const PAYMENT = 100;

interface Deed {
  readonly label: string;
  readonly sign: SignName;
  readonly does: string;
  readonly isStrong?: boolean;
  readonly run: (instance: InstanceView) => Promise<unknown>;
}

const PAY: Deed = {
  label: `Pay ${String(PAYMENT)}`,
  sign: 'coin',
  does: 'Pays in; whoever owes nothing any more is back in service at once',
  isStrong: true,
  run: ({ accountId }) => call('TopUpAccount', { account: accountId, amount: PAYMENT }),
};
const RENEW: Deed = {
  label: 'Pay and renew',
  sign: 'coin',
  does: 'Pays in and renews the subscription by a month',
  isStrong: true,
  run: async ({ id, accountId }) => {
    await call('TopUpAccount', { account: accountId, amount: PAYMENT });
    await call('RenewInstance', { id, period: 1 });
  },
};
const STOP_PAYING: Deed = {
  label: 'Stop paying',
  sign: 'stop',
  does: 'Takes all money from the account; the next charge cannot be met',
  run: runDry,
};
const FREEZE: Deed = {
  label: 'Freeze',
  sign: 'frost',
  does: 'Stops paying, and moves time to the moment from which on writing is refused',
  run: async (instance) => {
    await runDry(instance);
    const { id } = instance;
    const { changes } = await call('DescribeInstancePlan', { id });
    const frozen = changes.find(({ writes }) => writes !== 'pass');
    if (frozen) await call('SetClock', { to: frozen.at });
  },
};

/** What is owed already stays owed: a balance of 0 would be a payment. */
async function runDry({ accountId: account }: InstanceView): Promise<void> {
  const { balance } = await call('GetAccount', { account });
  if (Number(balance) > 0) await call('SetAccountBalance', { account, balance: 0 });
}

export function Deeds({ instance }: { readonly instance: InstanceView }) {
  if (instance.url === null) return null;
  const pay = instance.chargeType === 'PrePaid' ? RENEW : PAY;
  const isPaid = standingOf(instance).tone === 'good';
  const unpaid = isPaid ? [STOP_PAYING, FREEZE] : [FREEZE];
  const deeds = instance.writes === 'pass' ? [pay, ...unpaid] : [pay];
  // A payment lifts no suspension: it is not what stands out then.
  const isSuspended = instance.suspensions.length > 0;
  return (
    <div class="deeds">
      {deeds.map((deed) => (
        <DeedButton
          key={deed.label}
          doing={deed.label}
          kind={deed.isStrong && !isSuspended ? 'strong' : ''}
          title={deed.does}
          run={() => deed.run(instance)}
        >
          <Sign name={deed.sign} /> {deed.label}
        </DeedButton>
      ))}
    </div>
  );
}
