import * as z from 'zod';
import { plainText } from './plain-text.ts';

const SENT_LENGTH_MAX = 65_536;
const KEPT_LENGTH_MAX = 20_000;

/**
 * Text in messages that is for people: reasons, names of machines, what went wrong. Whoever sent it, it comes out of
 * `decode` as one line of visible characters, so that it can go to terminals, logs and files.
 */
export const Words = z
	.string()
	.max(SENT_LENGTH_MAX)
	.overwrite((text) => plainText(text, KEPT_LENGTH_MAX));

/** The same of what is named in a few words, such as a version. */
export const Label = z
	.string()
	.min(1)
	.max(200)
	.overwrite((text) => plainText(text, KEPT_LENGTH_MAX));
