/** Events as a story: a line each, hourly charges in a row taken together. */
import type { EventView } from '../control-plane/actions/views.js';
import { CURRENCY, formatMoney, parseMoney, plus, ZERO } from '../control-plane/core/money.js';

export function timelineLine(event: EventView): string {
  const { at, type, instanceId, clause } = event;
  // Who was charged stands beside the text, as the ledger has it.
  const text = type === 'charged' ? `${instanceId ?? ''} ${event.text}` : event.text;
  return line(at, text, clause);
}

export function timeline(events: readonly EventView[]): string {
  const lines: string[] = [];
  let charges: EventView[] = [];
  const flush = () => {
    lines.push(...summaries(charges));
    charges = [];
  };
  for (const event of events) {
    if (event.type === 'charged') charges.push(event);
    else {
      flush();
      lines.push(timelineLine(event));
    }
  }
  flush();
  return lines.join('\n');
}

/** One line for each instance that was charged. */
function summaries(charges: readonly EventView[]): string[] {
  const byInstance = new Map<string, EventView[]>();
  for (const charge of charges) {
    const id = charge.instanceId ?? '';
    byInstance.set(id, [...(byInstance.get(id) ?? []), charge]);
  }
  return [...byInstance].map(([id, rows]) => {
    const last = rows.at(-1);
    if (!last || rows.length === 1) return last ? timelineLine(last) : '';
    const sum = rows.reduce(
      (total, row) => plus(total, parseMoney('amount', row.data.amount ?? '0')),
      ZERO,
    );
    const text = `${id} charged ${formatMoney(sum)} ${CURRENCY} for ${String(rows.length)} hours, balance ${last.data.balance ?? ''}`;
    return line(last.at, text, last.clause);
  });
}

function line(at: string, text: string, clause: string | null): string {
  const time = at.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
  return `${time}  ${text}${clause === null ? '' : `  [clause ${clause}]`}`;
}
