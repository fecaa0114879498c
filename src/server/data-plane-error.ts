/** Why an endpoint could not be opened. The control plane has the words for people. */
export class DataPlaneError extends Error {
  override readonly name = 'DataPlaneError';

  constructor(
    readonly code: 'PortBusy' | 'NoFreePort' | 'ListenFailed',
    readonly details: Readonly<Record<string, string>>,
    options?: { readonly cause?: unknown },
  ) {
    super(`${code}: ${JSON.stringify(details)}`, options);
  }
}
