/** The actions that the page uses, as the API has them: a test compares them with the table of actions. */
export const ROUTES = {
  GetStatus: 'GET /v1/status',
  DescribeInstances: 'GET /v1/instances',
  DescribeInstanceAttribute: 'GET /v1/instances/:id',
  CreateInstance: 'POST /v1/instances',
  DescribeInstancePlan: 'GET /v1/instances/:id/plan',
  RenewInstance: 'POST /v1/instances/:id/renew',
  DescribeBackups: 'GET /v1/backups',
  CreateBackup: 'POST /v1/instances/:instance/backups',
  RestoreInstance: 'POST /v1/instances/:instance/restore',
  GetAccount: 'GET /v1/accounts/:account',
  ListLedger: 'GET /v1/accounts/:account/ledger',
  TopUpAccount: 'POST /v1/accounts/:account/top-up',
  SetAccountBalance: 'PUT /v1/accounts/:account/balance',
  DescribeTimeline: 'GET /v1/timeline',
  GetClock: 'GET /v1/clock',
  AdvanceClock: 'POST /v1/clock/advance',
  SetClock: 'POST /v1/clock/set',
  RunClock: 'POST /v1/clock/run',
  FreezeClock: 'POST /v1/clock/freeze',
  InterruptClock: 'POST /v1/clock/interrupt',
  StartApplication: 'POST /v1/instances/:id/application',
  StopApplication: 'DELETE /v1/instances/:id/application',
  DescribeApplication: 'GET /v1/instances/:id/application',
  DescribeHistoryMonitorValues: 'GET /v1/instances/:id/meters',
} as const;

export type RouteName = keyof typeof ROUTES;
export const EVENT_STREAM = '/v1/events/stream';
