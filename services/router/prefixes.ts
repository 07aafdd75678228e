import * as z from 'zod';
import type { Prng } from '../../kernel/actor/random.ts';
import { givenMembers } from '../../protocol/scenario/given.ts';
import { Prefixes as ScenarioPrefixes } from '../../protocol/scenario/requests.ts';
import { StoredStream } from './stored-stream.ts';

const [groups, sessions] = givenMembers(ScenarioPrefixes.options);

/** What the beginnings of prompts have in common. */
export const Prefixes = z.discriminatedUnion('type', [
	/**
	 * The names of blocks that a trace gives; a block has `blockTokens` tokens (Mooncake: 512). Where it names sessions instead, a
	 * prompt begins with all of the turn before it, answer included, as far as it goes.
	 */
	z.strictObject({ type: z.literal('trace'), blockTokens: z.number().positive() }),
	/** Requests are turns of sessions, which say it themselves. */
	z.strictObject({ type: z.literal('turns') }),
	/** Each prompt begins with that of its group, drawn with a chance in proportion to k^-theta. */
	groups,
	/**
	 * Requests are turns of sessions, each as likely to have the next one: a prompt begins with all tokens of the turns
	 * before it. maxTokens: longest prompt and output together; a session that would pass it gives way to a new one.
	 */
	sessions.extend({ maxTokens: z.int().min(2) }),
]);
export type Prefixes = z.infer<typeof Prefixes>;

/** Where the drawing of prefixes has got to. */
export interface PrefixDraws {
	stream: readonly number[];
	/** Of each open session: its name, 0 before its first turn, and its tokens so far. */
	readonly sessionNames: number[];
	readonly sessionTokens: number[];
	sessionsBegun: number;
}

/** The next request as its prefix leaves it. */
export interface Prefixed {
	prefillTokens: number;
	readonly decodeTokens: number;
	readonly hashIds: readonly number[] | null;
	readonly session?: number | null;
	/** Names and tokens in turns, where its session says them. */
	readonly pieces?: readonly number[] | null;
}

/** Says what the beginning of each prompt is. */
export interface PrefixSource {
	init(stream: Prng): PrefixDraws;
	/** Pieces of the request's prompt, names and tokens in turns. May lengthen the prompt. */
	draw(draws: PrefixDraws, request: Prefixed): readonly number[];
}

/** The source that a configuration names. */
export function prefixSource(config: Prefixes): PrefixSource {
	const draw =
		config.type === 'turns'
			? turnPieces
			: config.type === 'trace'
				? tracePieces(config)
				: config.type === 'groups'
					? groupPieces(config)
					: sessionPieces(config);
	const sessions = config.type === 'sessions' ? config.sessions : 0;
	return {
		draw,
		init: (stream) => ({
			stream: stream.state(),
			sessionNames: new Array(sessions).fill(0),
			sessionTokens: new Array(sessions).fill(0),
			sessionsBegun: 0,
		}),
	};
}

type Of<Type> = Extract<Prefixes, { type: Type }>;

function tracePieces({ blockTokens }: Of<'trace'>): PrefixSource['draw'] {
	return (_draws, { prefillTokens, decodeTokens, hashIds, session = null }) => {
		if (hashIds === null && session !== null) return [session, prefillTokens + decodeTokens];
		const pieces: number[] = [];
		let from = 0;
		for (const [i, name] of (hashIds ?? []).entries()) {
			const until = Math.min(prefillTokens, Math.round((i + 1) * blockTokens));
			if (until > from) pieces.push(name, until - from);
			from = until;
		}
		return pieces;
	};
}

const turnPieces: PrefixSource['draw'] = (_draws, { pieces }) => pieces ?? [];

function groupPieces({ groups, tokens, theta }: Of<'groups'>): PrefixSource['draw'] {
	const stream = new StoredStream();
	const weights = Array.from({ length: groups }, (_, k) => (k + 1) ** -theta);
	let sum = 0;
	const upTo = weights.map((weight) => {
		sum += weight;
		return sum;
	});
	return (draws, { prefillTokens }) => {
		const at = stream.at(draws.stream).uniform() * sum;
		draws.stream = stream.position();
		const group = upTo.findIndex((limit) => at < limit);
		return [1 + (group === -1 ? groups - 1 : group), Math.min(tokens, prefillTokens)];
	};
}

function sessionPieces({ sessions, meanTurns, maxTokens }: Of<'sessions'>): PrefixSource['draw'] {
	const stream = new StoredStream();
	return (draws, request) => {
		const prng = stream.at(draws.stream);
		const session = Math.floor(prng.uniform() * sessions);
		const isLast = prng.uniform() < 1 / meanTurns;
		draws.stream = stream.position();
		const added = request.prefillTokens + request.decodeTokens;
		const before = draws.sessionTokens[session] as number;
		if (draws.sessionNames[session] === 0 || before + added > maxTokens) {
			draws.sessionsBegun++;
			draws.sessionNames[session] = draws.sessionsBegun;
			draws.sessionTokens[session] = 0;
		}
		const history = draws.sessionTokens[session] as number;
		const name = draws.sessionNames[session] as number;
		request.prefillTokens += history;
		draws.sessionTokens[session] = history + added;
		if (isLast) draws.sessionNames[session] = 0;
		// The answer too: it is part of the next turn's prompt.
		return [name, history + added];
	};
}
