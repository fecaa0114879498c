/** The name of a module's type, nine characters of six bits, then ten bits of its version (module.c, moduleTypeNameByID). */
const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const LENGTH = 9n;

export function moduleNameOf(id: bigint): string {
  let name = '';
  for (let at = 0n; at < LENGTH; at += 1n) {
    name = `${CHARACTERS[Number((id >> (10n + 6n * at)) & 63n)] ?? ''}${name}`;
  }
  return name;
}
