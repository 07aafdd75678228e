import * as z from 'zod';

/** How a run ended. */
export const Outcome = z.enum(['complete', 'interrupted', 'failed']);
export type Outcome = z.infer<typeof Outcome>;
