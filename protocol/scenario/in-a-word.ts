import * as z from 'zod';
import { messageOf } from '../errors.ts';

/** What the editor's schema of a part that may be written in a word carries, until the word stands in it. */
export const IN_A_WORD = 'inAWord';

/**
 * A part of a scenario that may be written in a word, as its flag has it, or with its keys.
 *
 * @param parse what the flag is read with; its ConfigError becomes the issue of the key
 * @param keys the schema of what it gives
 */
export function inAWord<T extends z.ZodType>(
	parse: (text: string, what: string) => z.input<T>,
	keys: T,
) {
	return z
		.preprocess((given, context) => {
			if (typeof given !== 'string') return given;
			try {
				return parse(given, '');
			} catch (error) {
				// The key and what stands there are said by whoever says the issue.
				const message = messageOf(error).replace(/^Cannot use\s+".*?": /s, '');
				context.addIssue({ code: 'custom', message });
				return z.NEVER;
			}
		}, keys)
		.meta({ [IN_A_WORD]: true });
}
