import type { ActorEnv } from '../../kernel/actor/contract.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { SECOND_US, usToSeconds } from '../../protocol/time.ts';
import { checkLengths } from './check-lengths.ts';
import { clientGenerator } from './client-generator.ts';
import { type ClientPool, clientPool } from './client-models.ts';
import type { Intervals, Lengths, RouterConfig } from './config.ts';
import {
	type Gaps,
	type Generator,
	syntheticGenerator,
	traceGenerator,
	userGenerator,
	vidurCompatibleGenerator,
} from './generator.ts';
import { equalGaps, exponentialGaps, gammaGaps } from './intervals.ts';
import {
	distributedLengths,
	fixedLengths,
	type LengthSampler,
	rowLengths,
	tableLengths,
	uniformLengths,
	zipfLengths,
} from './lengths.ts';
import { loadLengthTable } from './load.ts';
import { type MersenneState, pythonStream } from './mersenne-twister.ts';
import { rateProfile } from './rate.ts';
import { readLengths } from './read-lengths.ts';
import { rateBegins, sessionGenerator, usersBegin } from './session-generator.ts';
import { SessionMaker } from './sessions.ts';
import type { TraceCheck, TraceLimits } from './trace-check.ts';
import { TraceReader } from './trace-reader.ts';
import type { VidurIntervals, VidurLengths, VidurSynthetic } from './vidur-config.ts';
import { vidurGenerator } from './vidur-requests.ts';

/**
 * The generator of requests that a configuration names.
 *
 * @throws ConfigError for files that cannot be read, and for what Vidur cannot do where it is asked to
 */
export function makeGenerator(config: RouterConfig, env: ActorEnv): Generator {
	const { lengths, intervals } = config;
	checkLengths(config);
	if (lengths.type === 'trace-file' || intervals.type === 'trace') {
		const { reader } = checkTrace(config);
		const lengthStream = lengths.type === 'trace-file' ? null : env.random('lengths');
		if (lengths.type === 'trace-file' || lengthStream === null)
			return traceGenerator(reader, config, null);
		return traceGenerator(reader, config, {
			sample: makeSampler(lengths, config),
			stream: lengthStream,
		});
	}
	if (config.clients !== undefined) {
		const { models } = clientsOf(config, config.clients);
		const streams = { arrivals: env.random('arrivals'), lengths: env.random('lengths') };
		const rate = config.rate === null ? null : rateProfile(config.rate, env.random('bursts'));
		return clientGenerator(models, rate, config, streams);
	}
	if (config.sessions !== undefined) return makeSessions(config, config.sessions, lengths, env);
	if (config.users !== undefined) {
		const thinking = { ...config.users, stream: env.random('thinking') };
		return userGenerator(thinking, makeSampler(lengths, config), config, env.random('lengths'));
	}
	const vidur = vidurConfig(config);
	if (vidur !== null) return vidurCompatibleGenerator(vidurGenerator(vidur), config);
	const sample = makeSampler(lengths, config);
	const streams = { arrivals: env.random('arrivals'), lengths: env.random('lengths') };
	return syntheticGenerator(gapsOf(intervals, config, env), sample, config, streams);
}

/**
 * Those who send requests, with what there is to know of them.
 *
 * @throws ConfigError for a pool that cannot be read
 */
export function clientsOf(
	config: RouterConfig,
	clients: NonNullable<RouterConfig['clients']>,
): ClientPool {
	const { lengths } = config;
	return clientPool(config, clients, (own) => {
		const drawn = own ?? lengths;
		if (drawn.type === 'trace-file')
			throw new ConfigError('Cannot let clients replay a file: each has arrivals of its own');
		return makeSampler(drawn, config);
	});
}

/** Requests that are turns of sessions, of users or begun at a rate. */
function makeSessions(
	config: RouterConfig,
	shape: NonNullable<RouterConfig['sessions']>,
	lengths: Exclude<Lengths, { type: 'trace-file' }>,
	env: ActorEnv,
): Generator {
	const { users, intervals, maxTokens } = config;
	const first = makeSampler(lengths, config);
	const later = shape.later === null ? first : makeSampler(shape.later, config);
	const maker = new SessionMaker({ shape, first, later, maxTokens });
	const streams = { sessions: env.random('sessions'), lengths: env.random('lengths') };
	if (users !== undefined) {
		const begins = usersBegin(maker, { ...users, stream: env.random('thinking') });
		return sessionGenerator(maker, begins, config, streams);
	}
	if (intervals.type === 'trace')
		throw new ConfigError('Cannot begin sessions at the arrivals of a file: give a rate, or users');
	const begins = rateBegins(maker, gapsOf(intervals, config, env), config, env.random('arrivals'));
	return sessionGenerator(maker, begins, config, streams);
}

function gapsOf(
	intervals: Exclude<Intervals, { type: 'trace' }>,
	config: RouterConfig,
	env: ActorEnv,
): Gaps {
	const rate = config.rate === null ? null : rateProfile(config.rate, env.random('bursts'));
	return { ...makeGaps(intervals, config), rate };
}

/**
 * The trace that gives the arrivals, its rows checked as far as the run uses them.
 *
 * @throws ConfigError naming the row and what is wrong with it
 */
export function checkTrace(
	config: RouterConfig,
	more: Pick<TraceLimits, 'countsUnused' | 'rejects'> = {},
): { reader: TraceReader; check: TraceCheck } {
	const { untilUs, maxRequests, maxTokens, overlong } = config;
	const reader = traceReader(config);
	const check = reader.check({
		untilS: untilUs === null ? Number.POSITIVE_INFINITY : usToSeconds(untilUs),
		maxRows: maxRequests ?? Number.POSITIVE_INFINITY,
		...{ maxTokens, overlong, ...more },
	});
	if (check.overlong > 0 && overlong === 'refuse') throw reader.refuseOverlong(check, maxTokens);
	return { reader, check };
}

function traceReader({ lengths, intervals, zeroTokens, prefixes }: RouterConfig): TraceReader {
	if (lengths.type === 'trace-file') {
		const hashTokens =
			prefixes?.type === 'trace' ? prefixes.blockTokens / lengths.prefillScale : null;
		return new TraceReader({ ...lengths, zeroTokens, hashTokens });
	}
	if (intervals.type !== 'trace') throw new ConfigError('Cannot read arrivals: no file gives them');
	const { path, anchor, timeScale, timeUnit, column } = intervals;
	const scale = { timeScale, prefillScale: 1, decodeScale: 1 };
	const options = { path, anchor, ...scale, timeUnit, zeroTokens };
	return new TraceReader(options, 'arrivals', column);
}

/**
 * Tokens of the blocks that the rows of a trace name, as its format has them.
 *
 * @throws ConfigError for a file that cannot be read
 */
export function traceBlockTokens(lengths: Extract<Lengths, { type: 'trace-file' }>): number {
	return new TraceReader({ ...lengths, zeroTokens: 'one', hashTokens: null }).blockTokens();
}

/**
 * Finds out before the run whether the replayed trace says what prompts have in common, where that is asked for.
 *
 * @throws ConfigError if its first row names no blocks
 */
export function checkPrefixes({ prefixes, lengths, zeroTokens }: RouterConfig): void {
	if (prefixes?.type !== 'trace' || lengths.type !== 'trace-file') return;
	const reader = new TraceReader({ ...lengths, zeroTokens });
	if (!reader.read(reader.start())) return;
	const { hashIds, session } = reader.request;
	if (hashIds !== null || session !== null) return;
	throw new ConfigError(
		`Cannot share prefixes of the trace "${lengths.path}": it has neither hash_ids nor sessions; replay a trace of Mooncake or Bailian, name a column of sessions (columns.session), or give requests.prefixes`,
	);
}

/**
 * The stream with which Vidur's global scheduler `random` begins: Python's, as all the requests have left
 * it. So they are all made once before the run. null without compatibility.
 */
export function vidurRouting(config: RouterConfig): MersenneState | null {
	const { compatibility, policy } = config;
	if (compatibility === null || policy !== 'random') return null;
	const vidur = vidurConfig(config);
	if (vidur === null) return pythonStream(compatibility.seed);
	const generator = vidurGenerator(vidur);
	const state = generator.init();
	while (generator.next(state));
	return state.python;
}

function makeGaps(
	intervals: Exclude<Intervals, { type: 'trace' }>,
	{ qps, maxRequests }: RouterConfig,
): { sample: ReturnType<typeof gammaGaps>; meanGapUs: number } {
	const meanGapUs = SECOND_US / (qps ?? Number.NaN);
	if (intervals.type === 'poisson') return { sample: exponentialGaps, meanGapUs };
	if (intervals.type === 'gamma') return { sample: gammaGaps(intervals.cv), meanGapUs };
	const gapUs = intervals.gapS === null ? meanGapUs : intervals.gapS * SECOND_US;
	if (gapUs === 0 && maxRequests === null)
		throw new ConfigError(
			'Cannot make requests 0 s apart without end: give a number of them (maxRequests)',
		);
	return { sample: equalGaps, meanGapUs: gapUs };
}

function makeSampler(
	lengths: Exclude<Lengths, { type: 'trace-file' }>,
	{ maxTokens, overlong, zeroTokens }: RouterConfig,
): LengthSampler {
	if (lengths.type === 'fixed') return fixedLengths(lengths);
	if (lengths.type === 'uniform') return uniformLengths(lengths);
	if (lengths.type === 'zipf') return zipfLengths(lengths);
	if (lengths.type === 'distributions') return distributedLengths(lengths);
	if (lengths.type === 'length-file') {
		const { path, prefillScale, decodeScale, columns } = lengths;
		const limit = overlong === 'refuse' ? maxTokens : Number.POSITIVE_INFINITY;
		return rowLengths(
			readLengths(path, { prefillScale, decodeScale, zeroTokens, columns, maxTokens: limit }),
			overlong === 'drop' ? maxTokens : Number.POSITIVE_INFINITY,
		);
	}
	return tableLengths(loadLengthTable(lengths.table));
}

/** The parameters of Vidur's generator; null if it is not asked for, or a trace is replayed. */
function vidurConfig(config: RouterConfig): VidurSynthetic | null {
	const { compatibility, lengths, untilUs, maxRequests } = config;
	if (compatibility === null || lengths.type === 'trace-file') return null;
	if (config.rate !== null)
		throw new ConfigError('Cannot draw the requests of Vidur at a changing rate: drop one of them');
	const { seed } = compatibility;
	return {
		type: 'synthetic',
		seed,
		durationS: maxRequests === null && untilUs !== null ? usToSeconds(untilUs) : null,
		numRequests: maxRequests,
		intervals: vidurIntervalsOf(config),
		lengths: vidurLengthsOf(lengths, { maxTokens: config.maxTokens, seed }),
	};
}

function vidurIntervalsOf({ intervals, qps }: RouterConfig): VidurIntervals {
	if (intervals.type === 'trace' || qps === null)
		throw new ConfigError(
			'Cannot draw the requests of Vidur with arrivals of a file: its trace intervals are for the vidur command',
		);
	if (intervals.type === 'static') return { type: 'static' };
	return { ...intervals, qps };
}

function vidurLengthsOf(
	lengths: Exclude<Lengths, { type: 'trace-file' }>,
	{ maxTokens, seed }: { maxTokens: number; seed: number },
): VidurLengths {
	if (lengths.type === 'trace' || lengths.type === 'distributions')
		throw new ConfigError(
			`Cannot draw the requests of Vidur from ${lengths.type === 'trace' ? `the table "${lengths.table}"` : 'distributions'}: give a length-file, fixed, uniform or zipf lengths`,
		);
	if (lengths.type === 'length-file') {
		const { columns: _, ...file } = lengths;
		return { ...file, type: 'trace', maxTokens, seed };
	}
	if (lengths.type !== 'zipf') return lengths;
	if (lengths.theta !== 1) return { ...lengths, seed };
	throw new ConfigError(
		'Cannot draw the requests of Vidur with a zipf theta of 1: it divides by 1 - theta; give another',
	);
}
