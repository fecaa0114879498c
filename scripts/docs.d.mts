/** By page: what it should be, given what it is. */
export const PAGES: Readonly<Record<string, (page: string) => string>>;
/** What stands in docs/ now. */
export function pageOf(name: string): string;
/** What should stand there. Needs dist/. */
export function written(name: string): Promise<string>;
