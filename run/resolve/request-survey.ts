import { ConfigError } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import { type Note, note, noteText } from '../../protocol/remark.ts';
import { formatNumber } from '../../results/report/format.ts';
import type { RecorderConfig } from '../../services/recorder/config.ts';
import type { ReplicaConfig } from '../../services/replica/config.ts';
import { rejection } from '../../services/replica/engine/admission.ts';
import { requestLimits } from '../../services/replica/replica.ts';
import { checkLengths, extremesOf } from '../../services/router/check-lengths.ts';
import { hasOwnArrivals, type RouterConfig } from '../../services/router/config.ts';
import { checkTrace, clientsOf } from '../../services/router/make-generator.ts';
import { lengthReader } from '../../services/router/read-lengths.ts';
import type { TraceCheck } from '../../services/router/trace-check.ts';
import { expectedRequests } from './expected-requests.ts';

type Actors = readonly Omit<RosterEntry, 'host'>[];

/**
 * Reads the file of requests that a run will read, so that what is wrong with it is found before any process is started,
 * and says how much of it is used and what becomes of which rows.
 *
 * @returns null where nothing is served
 * @throws ConfigError naming the row or the key, and what would do
 */
export function surveyRequests(actors: Actors): Survey | null {
	const router = actors.find(({ kind }) => kind === 'router')?.config as RouterConfig | undefined;
	if (router === undefined) return null;
	checkLengths(router);
	// Also finds a memory without room for a request, before any process is started.
	const limits = actors
		.filter(({ kind }) => kind === 'replica')
		.map(({ config }) => JSON.stringify(config))
		.filter((text, i, all) => all.indexOf(text) === i)
		.map((text) => requestLimits(JSON.parse(text) as ReplicaConfig));
	const rejects = rejecter(limits);
	if (!hasOwnArrivals(router))
		return { ...ofLengths(router, rejects), requests: expectedRequests(router, null) };
	const { reader, check } = checkTrace(router, { countsUnused: true, rejects });
	if (check.rejected > 0 && check.rejected === check.rows)
		throw new ConfigError(
			`Cannot serve any of the ${check.rows} requests of "${pathOf(router)}": row ${check.firstRejected?.[0]}: ${check.firstRejected?.[1]}; give more serving.numBlocks, or a smaller model`,
		);
	const { text, notes } = surveyed(router, check);
	const requests = expectedRequests(router, check.rows);
	return { text, notes: [...notes, ...reader.notes()], requests };
}

/**
 * What there is to know of lengths that are drawn, from a file or not, in sentences; a replayed trace is not read here.
 *
 * @throws ConfigError for lengths of which none can be served
 */
export function drawnNotes(router: RouterConfig, replica: ReplicaConfig): string[] {
	if (hasOwnArrivals(router)) return [];
	const notes = ofLengths(router, rejecter([requestLimits(replica)])).notes;
	return notes.map((said) => `Requests: ${noteText(said)}.`);
}

/** What is used of a file of requests. */
interface Survey {
	/** A line for people; null where no file is read. */
	readonly text: string | null;
	/** What is not, and what becomes of which rows. */
	readonly notes: readonly Note[];
	/** About how many requests come. */
	readonly requests: number;
}

/** Why a request could never be served; null if it can be. */
type Rejects = (prefillTokens: number, decodeTokens: number) => string | null;

/** Any replica may get any request: one that one of them rejects may be rejected. */
function rejecter(limits: readonly ReturnType<typeof requestLimits>[]): Rejects {
	// Fewer tokens surely fit; nearly all rows have fewer.
	const fitting = Math.min(
		...limits.map((limit) =>
			Math.min(limit.maxTokensPerRequest, (limit.numBlocks - 2) * limit.blockSize),
		),
	);
	return (prefillTokens, decodeTokens) => {
		if (prefillTokens + decodeTokens <= fitting) return null;
		const request = { id: 0, arrivedAtS: 0, interArrivalS: 0, prefillTokens, decodeTokens };
		const reasons = limits.map((limit) => rejection(limit, request));
		return reasons.find((reason) => reason !== null) ?? null;
	};
}

/** The file that gives the arrivals. */
function pathOf({ lengths, intervals }: RouterConfig): string {
	if (lengths.type === 'trace-file') return lengths.path;
	return 'path' in intervals ? intervals.path : '';
}

/** What there is to know of lengths that are drawn. */
function ofLengths(router: RouterConfig, rejects: Rejects): Omit<Survey, 'requests'> {
	const { lengths, zeroTokens, maxTokens, clients } = router;
	if (clients !== undefined) return { text: clientsOf(router, clients).text, notes: [] };
	if (lengths.type === 'length-file') {
		const { path, prefillScale, decodeScale, columns } = lengths;
		const scale = { prefillScale, decodeScale };
		const reader = lengthReader(path, { ...scale, zeroTokens, columns, maxTokens });
		return { text: `lengths of ${path}`, notes: reader.notes() };
	}
	const { sessions } = router;
	const extremes = extremesOf(lengths, 'requests.lengths', sessions?.systemTokens);
	const { least, where } = extremes;
	// The context of a session grows as far as the limit.
	const most = sessions === undefined ? extremes.most : maxTokens;
	const isFixed = lengths.type === 'fixed';
	const answer = (tokens: number) => Math.min(tokens - 1, isFixed ? lengths.decodeTokens : 1);
	const rejected = (tokens: number) => rejects(tokens - answer(tokens), answer(tokens));
	const always = rejected(Math.min(least, maxTokens));
	if (always !== null)
		throw new ConfigError(
			`Cannot serve any request (${where}): ${always}; give more serving.numBlocks, or shorter requests`,
		);
	const longest = rejected(Math.min(most, maxTokens));
	return {
		text: null,
		notes:
			longest === null
				? []
				: [
						note(
							`some can never fit in serving.numBlocks and will be rejected (the longest: ${longest})`,
						),
					],
	};
}

function surveyed(router: RouterConfig, check: TraceCheck): Omit<Survey, 'requests'> {
	const { overlong, maxTokens, zeroTokens, untilUs } = router;
	const { rows, unused, zeros, fractions, firstRejected, rejected } = check;
	const first = check.firstOverlong;
	const done = { cut: 'cut', drop: 'left out', refuse: 'refused' }[overlong];
	const limit = untilUs === null ? 'the first requests.maxRequests' : 'the end of the run';
	const notes = [
		...(unused > 0 ? [note(`rows are after ${limit}, and not used`, unused, rows + unused)] : []),
		...(first === null
			? []
			: [
					note(
						`rows over serving.maxTokens, ${maxTokens}, are ${done} (first row ${first[0]}: ${first[1]} + ${first[2]} tokens)`,
						...([check.overlong, rows] as const),
					),
				]),
		...(zeros === 0
			? []
			: [
					note(
						`rows without tokens are ${zeroTokens === 'one' ? 'taken as 1' : 'left out'}`,
						...([zeros, rows] as const),
					),
				]),
		...(fractions === 0
			? []
			: [note('rows have parts of tokens, which are dropped', fractions, rows)]),
		...(firstRejected === null
			? []
			: [
					note(
						`rows can never fit in serving.numBlocks and will be rejected (first row ${firstRejected[0]}: ${firstRejected[1]})`,
						...([rejected, rows] as const),
					),
				]),
	];
	return { text: `requests of ${pathOf(router)}: ${formatNumber(rows)} rows used`, notes };
}

/** Puts the line among what a run's figures rest on. */
export function addSurvey(metadata: RecorderConfig['metadata'], survey: string): void {
	const { sources } = metadata['gridbeat'] as { sources: unknown[] };
	sources.push({ what: 'requests', label: 'given', source: survey });
}
