/** Short suspensions, in the window of an instance. */
import { Type } from 'typebox';
import { parseInstant } from '../core/duration.js';
import { checkedMaintainTime } from '../core/maintain-time.js';
import { cancelMaintenance, changeMaintainTime, scheduleMaintenance } from '../core/maintenance.js';
import { defineAction } from './action.js';
import { maintenanceView, viewMaintenance } from './case-views.js';
import { caseId, decided, filter, instance, listed, reading } from './cases.js';
import { instanceView, viewInstance } from './views.js';

const maintenance = caseId('m-1');

export const ScheduleMaintenance = defineAction({
  name: 'ScheduleMaintenance',
  method: 'POST',
  path: '/v1/instances/:instance/maintenances',
  summary:
    'Plan maintenance: all clients are disconnected once, then writes are refused for 30 seconds of virtual time (8.2.1).',
  cli: { command: 'maintenance schedule', positional: ['instance'] },
  input: Type.Object({
    instance,
    at: Type.Optional(
      Type.String({
        description: 'An instant in its window, with its zone; by default when the next one begins',
      }),
    ),
  }),
  output: maintenanceView,
  async run(context, input) {
    const at = input.at === undefined ? undefined : parseInstant('at', input.at);
    const row = await decided(context, 'maintenances', (draft) =>
      scheduleMaintenance(draft, input.instance, at),
    );
    return viewMaintenance(row);
  },
});

export const ListMaintenances = defineAction({
  name: 'ListMaintenances',
  method: 'GET',
  path: '/v1/maintenances',
  summary: 'List the maintenance that was planned.',
  cli: { command: 'maintenance list' },
  input: filter,
  output: Type.Object({ maintenances: Type.Array(maintenanceView) }),
  run(context, input) {
    return { maintenances: listed(context, 'maintenances', input).map(viewMaintenance) };
  },
});

export const GetMaintenance = defineAction({
  name: 'GetMaintenance',
  method: 'GET',
  path: '/v1/maintenances/:maintenance',
  summary: 'Show one maintenance.',
  cli: { command: 'maintenance show', positional: ['maintenance'] },
  input: Type.Object({ maintenance }),
  output: maintenanceView,
  run({ controlPlane }, input) {
    return viewMaintenance(reading(controlPlane).record('maintenances', input.maintenance));
  },
});

export const CancelMaintenance = defineAction({
  name: 'CancelMaintenance',
  method: 'POST',
  path: '/v1/maintenances/:maintenance/cancel',
  summary: 'Call maintenance off that has not begun.',
  cli: { command: 'maintenance cancel', positional: ['maintenance'] },
  input: Type.Object({ maintenance }),
  output: maintenanceView,
  async run(context, input) {
    const row = await decided(context, 'maintenances', (draft) => {
      cancelMaintenance(draft, input.maintenance);
      return input.maintenance;
    });
    return viewMaintenance(row);
  },
});

export const ModifyInstanceMaintainTime = defineAction({
  name: 'ModifyInstanceMaintainTime',
  method: 'PUT',
  path: '/v1/instances/:instance/maintain-time',
  summary: 'Say when of the day an instance may be maintained: an hour at least.',
  cli: {
    command: 'maintenance window',
    positional: ['instance', 'maintainStartTime', 'maintainEndTime'],
  },
  input: Type.Object({
    instance,
    maintainStartTime: Type.String({ description: 'A time of the day of UTC, such as 18:00Z' }),
    maintainEndTime: Type.String({
      description: 'Such as 22:00Z; past midnight where it is before the start',
    }),
  }),
  output: instanceView,
  async run({ controlPlane }, input) {
    const time = checkedMaintainTime(input.maintainStartTime, input.maintainEndTime);
    await controlPlane.decide((draft) => changeMaintainTime(draft, input.instance, time));
    return viewInstance(controlPlane.instance(input.instance), controlPlane);
  },
});
