/** Where a view stands in what is outside of a host. */
export const MONITOR = 'monitor';
