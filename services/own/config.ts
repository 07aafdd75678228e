import * as z from 'zod';
import { RunFacts } from '../../protocol/external-config.ts';

/** Configuration of an actor of kind 'own': a module of the user's by its contents, and what it is configured with. */
export const OwnConfig = z.strictObject({
	/** Its file name, for messages. */
	module: z.string().min(1),
	sha256: z.hash('sha256'),
	run: RunFacts,
	/** Read by the module's own schema. */
	config: z.record(z.string(), z.json()),
});
export type OwnConfig = z.infer<typeof OwnConfig>;
