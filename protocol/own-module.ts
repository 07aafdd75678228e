import * as z from 'zod';

/**
 * A module of the user's that may become actors in a process. Whoever starts the process names it: a message names a
 * module by its contents only, so nobody on a bus can have a file loaded that was not meant for it.
 */
export const OwnModule = z.strictObject({
	/** Absolute. */
	path: z.string().min(1),
	/** As `moduleHash` has it. */
	sha256: z.hash('sha256'),
});
export type OwnModule = z.infer<typeof OwnModule>;
