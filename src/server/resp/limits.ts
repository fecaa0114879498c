/** How much of a request is looked at, or waited for. */

/** Names are looked at up to this size; Redis has none that is longer than some dozens. */
export const NAME_BYTES_MAX = 64 * 1024;
/**
 * Redis gives up on an inline command of more than 64 KB without a line end, as
 * it notices after a read of up to 16 KB. A line past both is passed on without
 * its end: when Redis is busy it reads more at once, and would execute the line.
 */
export const INLINE_BYTES_MAX = 64 * 1024 + 16 * 1024;
/** proto-max-bulk-len. */
export const BULK_BYTES_MAX = 512 * 1024 * 1024;
export const ARGUMENTS_MAX = 2_147_483_647;
/** A command is looked inside of up to this size. */
export const INSPECTED_BYTES_MAX = 64 * 1024;
/** And of up to this many arguments: it is read again with each piece that comes, and that must not get expensive. */
export const INSPECTED_ARGUMENTS_MAX = 1024;
