import * as z from 'zod';
import { DrawnLengths } from './lengths.ts';
import { Fraction } from './parts.ts';

/** Requests that follow from each other's answers: conversations, agents. */
export const Sessions = z.strictObject({
	meanTurns: z.number().min(1).default(5).describe('Mean number of turns of a session'),
	turns: z
		.enum(['geometric', 'fixed'])
		.default('geometric')
		.describe('How sessions differ in it: each turn may be the last, or not at all'),
	pauseS: z
		.number()
		.nonnegative()
		.nullable()
		.default(null)
		.describe(
			'Mean time from an answer to the next turn, s: a person reads and types, a tool runs; null: thinkS',
		),
	pauseCv: z
		.number()
		.nonnegative()
		.default(1)
		.describe('Its coefficient of variation; 0: always the same, 1: exponential, else gamma'),
	fanOut: z
		.int()
		.min(1)
		.max(1000)
		.default(1)
		.describe('Calls that a turn sends at once over one prompt; the next one waits for all'),
	fanOutShare: Fraction.default(1).describe('Part of the turns that do so; the others send one'),
	systemTokens: z
		.int()
		.nonnegative()
		.default(0)
		.describe('Tokens with which all prompts of all sessions begin'),
	later: DrawnLengths.nullable()
		.default(null)
		.describe(
			'What turns after the first add to the prompt, and their outputs; null: drawn as the first, requests.lengths',
		),
});
export type Sessions = z.infer<typeof Sessions>;

/** What does not go together with sessions. */
export function checkSessions(
	requests: {
		sessions: Sessions | null;
		qps: number | string;
		source: string;
		prefixes: unknown;
		compatibility: string | null;
	},
	isReplay: boolean,
	refuse: (path: string[], message: string) => void,
): void {
	const { sessions, qps, source, prefixes, compatibility } = requests;
	if (sessions === null) return;
	const { turns, meanTurns, later } = sessions;
	if (turns === 'fixed' && !Number.isInteger(meanTurns))
		refuse(['sessions', 'meanTurns'], 'a fixed number of turns is a whole one');
	if (later !== null && 'minTokens' in later && later.minTokens > later.maxTokens)
		refuse(['sessions', 'later', 'minTokens'], `must not exceed maxTokens, ${later.maxTokens}`);
	const others = [
		...(isReplay ? ['a file of arrivals (a length-file brings none)'] : []),
		...(qps === 'inf' ? ['qps inf'] : []),
		...(prefixes === null ? [] : ['prefixes (systemTokens is what all begin with)']),
		...(compatibility === null ? [] : ['compatibility']),
		...(source === 'generated' ? [] : [`source ${source}`]),
	];
	if (others.length > 0)
		refuse(['sessions'], `turns follow from answers; drop ${others.join(', ')}`);
}
