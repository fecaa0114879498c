/** Requests that are refused: how they are written down, and those about who may log in, from where, and the parameters. */

export interface Bad {
  readonly request: string;
  readonly body?: unknown;
  readonly status: number;
  readonly code: string;
  /** The thing, the value, the way out. */
  readonly says: readonly string[];
}

export const invalid = (request: string, body: unknown, ...says: readonly string[]): Bad => ({
  request,
  body,
  status: 400,
  code: 'InvalidInput',
  says,
});
export const missing = (request: string, code: string, ...says: readonly string[]): Bad => ({
  request,
  status: 404,
  code,
  says,
});

export const INSTANCES = 'Instances there are: r-1, r-2';
/** One that would do. */
export const PASSWORD = 'Geheim_123';
const A = '/v1/instances/r-1/accounts';
const IPS = '/v1/instances/r-1/security-ips';
const refused = (
  code: string,
  status: number,
  request: string,
  body: unknown,
  says: string,
): Bad => ({
  request,
  body,
  status,
  code,
  says: [says],
});
const wrongPassword = (
  code: string,
  request: string,
  field: string,
  body: object,
  says: string,
) => [
  refused(
    code,
    400,
    request,
    { ...body, [field]: 'Short1!' },
    `${field}: it is too short. ${says}`,
  ),
  refused(code, 400, request, { ...body, [field]: 'longenough1' }, 'too few kinds of characters'),
  refused(code, 400, request, { ...body, [field]: 'Geheim_123ä' }, 'that is not allowed'),
  invalid(request, { ...body, [field]: 12345678 }, `${field}: must be text, got a secret`),
];

/** Of who may log in, from where, and the parameters. */
export const BAD_SETTINGS: readonly Bad[] = [
  ...wrongPassword(
    'InvalidPasswordMalformed',
    'POST /v1/instances',
    'password',
    {},
    'A password has 8 to 32',
  ),
  ...wrongPassword(
    'InvalidPasswordMalformed',
    'POST /v1/instances/r-1/attribute',
    'newPassword',
    { name: 'other' },
    'A password has 8 to 32',
  ),
  ...wrongPassword(
    'InvalidAccountPasswordFormat',
    `POST ${A}`,
    'password',
    { accountName: 'reader' },
    'A password has 8 to 32',
  ),
  ...wrongPassword(
    'InvalidAccountPasswordFormat',
    `PUT ${A}/kept/password`,
    'password',
    {},
    'A password has',
  ),
  invalid('POST /v1/instances', { passwordFree: 'maybe' }, 'passwordFree: must be true or false'),
  invalid(
    'POST /v1/instances',
    { commandProfile: 'mine' },
    'must be one of apsaradb, open, got "mine"',
  ),
  invalid('POST /v1/instances', { bandwidth: -1 }, 'bandwidth: must be >= 0, got -1', 'no ceiling'),
  invalid('POST /v1/instances', { connections: -1 }, 'connections: must be >= 0, got -1'),
  ...['', 'all', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.1;10.0.0.2'].flatMap((securityIps) => [
    refused(
      'InvalidSecurityIPListFormat',
      400,
      'POST /v1/instances',
      { securityIps },
      'such as 10.0.0.1,',
    ),
    refused(
      'InvalidSecurityIPListFormat',
      400,
      `POST ${IPS}`,
      { securityIps },
      'such as 10.0.0.1,',
    ),
  ]),
  refused(
    'InvalidGroupNameFormat',
    400,
    `POST ${IPS}`,
    { securityIps: '::1', groupName: 'No!' },
    '"No!"',
  ),
  refused(
    'SecurityIPListDuplicate',
    409,
    `POST ${IPS}`,
    { securityIps: '::1', modifyMode: 'Append' },
    '"::1"',
  ),
  refused(
    'InvalidSecurityIPListNotFound',
    404,
    `POST ${IPS}`,
    { securityIps: '::2', modifyMode: 'Delete' },
    '127.0.0.0/8,::1',
  ),
  refused(
    'InvalidSecurityIPListNotFound',
    404,
    `POST ${IPS}`,
    { securityIps: '127.0.0.0/8,::1', modifyMode: 'Delete' },
    'needs at least one address',
  ),
  invalid(
    `POST ${IPS}`,
    { securityIps: '::1', modifyMode: 'Clear' },
    'one of Cover, Append, Delete',
  ),
  missing('GET /v1/instances/r-9/security-ips', 'InstanceNotFound', INSTANCES),
  refused(
    'InstanceNotFound',
    404,
    'POST /v1/instances/r-9/security-ips',
    { securityIps: '::1' },
    INSTANCES,
  ),

  invalid('POST /v1/instances/r-1/attribute', {}, 'there is nothing to change', 'newPassword'),
  invalid('POST /v1/instances/r-1/attribute', { name: '' }, 'name: must not be empty'),
  invalid('PUT /v1/instances/r-1/vpc-auth-mode', { vpcAuthMode: 'open' }, 'one of Open, Close'),
  refused(
    'InstanceNotFound',
    404,
    'PUT /v1/instances/r-9/vpc-auth-mode',
    { vpcAuthMode: 'Open' },
    INSTANCES,
  ),

  refused(
    'InvalidAccountNameFormat',
    400,
    `POST ${A}`,
    { accountName: 'No', password: PASSWORD },
    '"No"',
  ),
  refused(
    'InvalidAccountNameForbid',
    400,
    `POST ${A}`,
    { accountName: 'root', password: PASSWORD },
    'root_1',
  ),
  refused(
    'InvalidAccountNameDuplicate',
    400,
    `POST ${A}`,
    { accountName: 'kept', password: PASSWORD },
    '"kept"',
  ),
  refused(
    'InvalidAccountNameDuplicate',
    400,
    `POST ${A}`,
    { accountName: 'r-1', password: PASSWORD },
    '"r-1"',
  ),
  refused(
    'InvalidAccountDescriptionFormat',
    400,
    `POST ${A}`,
    { accountName: 'reader', password: PASSWORD, description: 'x' },
    '2 to 256 characters',
  ),
  invalid(
    `POST ${A}`,
    { accountName: 'reader' },
    'password: is required, got nothing',
    'three kinds',
  ),
  invalid(`POST ${A}`, { password: PASSWORD }, 'accountName: is required'),
  invalid(
    `POST ${A}`,
    { accountName: 'reader', password: PASSWORD, privilege: 'RoleRepl' },
    'one of RoleReadWrite, RoleReadOnly',
  ),
  refused(
    'InstanceNotFound',
    404,
    'POST /v1/instances/r-9/accounts',
    { accountName: 'reader', password: PASSWORD },
    INSTANCES,
  ),
  refused(
    'InvalidAccountNameNotFound',
    404,
    `PUT ${A}/nobody/privilege`,
    { privilege: 'RoleReadOnly' },
    'default, kept',
  ),
  refused(
    'IncorrectAccount',
    400,
    `PUT ${A}/default/privilege`,
    { privilege: 'RoleReadOnly' },
    'only its password',
  ),
  refused(
    'IncorrectAccount',
    400,
    `PUT ${A}/r-1/description`,
    { description: 'mine' },
    'only its password',
  ),
  refused('IncorrectAccount', 400, `DELETE ${A}/default`, undefined, 'only its password'),
  missing(`DELETE ${A}/nobody`, 'InvalidAccountNameNotFound', '"nobody"', 'default, kept'),
  missing(`DELETE ${A}/__proto__`, 'InvalidAccountNameNotFound', '"__proto__"'),

  ...['{', '[]', 'null', '5', '', '{}'].map((config) =>
    invalid('POST /v1/instances/r-1/config', { config }, 'config: ', 'such as {"maxmemory-policy"'),
  ),
  ...[5, [], null, true].map((config) =>
    invalid('POST /v1/instances/r-1/config', { config }, 'config: must be text or an object'),
  ),
  invalid(
    'POST /v1/instances/r-1/config',
    { config: { timeout: true } },
    'config.timeout: must be text or a',
  ),
  refused(
    'InvalidParametersFormat',
    400,
    'POST /v1/instances/r-1/config',
    { config: { timeout: '60', hz: 501 } },
    '[1-500]',
  ),
  refused(
    'ParamNotSupportedForCurrentVersion',
    400,
    'POST /v1/instances/r-1/config',
    { config: '{"timeout":"60","__proto__":"1"}' },
    'maxmemory-policy',
  ),
  missing('GET /v1/instances/r-9/parameters', 'InstanceNotFound', INSTANCES),
];
