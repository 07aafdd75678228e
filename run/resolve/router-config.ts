import { ConfigError } from '../../protocol/errors.ts';
import { parseDuration, parseDurationFrom0 } from '../../protocol/scenario/duration.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { Serving } from '../../protocol/scenario/serving.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { RouterConfig } from '../../services/router/config.ts';
import { changesLengths, hasOwnArrivals } from '../../services/router/config.ts';
import { traceBlockTokens } from '../../services/router/make-generator.ts';
import { clientsConfig } from './clients-config.ts';
import type { Frame } from './plan.ts';
import { replicaCounts } from './scaling.ts';

/** Without replicas requests are as long as they are with them by default. */
const MAX_TOKENS = Serving.parse({}).maxTokens;

/** A router's configuration from the scenario's requests section. */
export function routerConfig(
	scenario: Scenario,
	frame: Frame,
	replicas: readonly string[],
): RouterConfig {
	const { requests, serving } = scenario;
	const { qps, policy, intervals, lengths, compatibility, vidurSeed } = requests;
	// Where all of them come from outside, none is made.
	const maxRequests = requests.source === 'live' ? 0 : requests.maxRequests;
	const atOnce = { type: 'static', gapS: 0 } as const;
	const loops = closedLoops(scenario);
	return {
		// Of requests all at once nobody knows a rate, and none is asked for.
		qps: hasOwnArrivals({ lengths, intervals }) || loops.users ? null : qps === 'inf' ? 1 : qps,
		intervals: qps === 'inf' ? atOnce : intervals,
		...loops,
		...(requests.clients === null ? {} : { clients: clientsConfig(requests.clients) }),
		rate: rateConfig(requests.rate, frame),
		untilUs: frame.untilUs,
		maxRequests,
		lengths,
		maxTokens: serving?.maxTokens ?? MAX_TOKENS,
		overlong: overlongOf(requests),
		zeroTokens: requests.zeroTokens,
		compatibility: compatibility === null ? null : { type: compatibility, seed: vidurSeed },
		policy,
		prefixes: prefixesOf(scenario),
		replicas: [...replicas],
		...scalingOf(scenario),
	};
}

/** Whether requests follow from answers to others. */
export function awaitsAnswers({ concurrency, sessions }: Scenario['requests']): boolean {
	return concurrency !== null || sessions !== null;
}

/** Users who wait for their answers, and requests that follow from others. */
function closedLoops({
	requests: { concurrency, thinkS, rampS, sessions },
}: Scenario): Pick<RouterConfig, 'users' | 'sessions'> {
	return {
		...(concurrency === null ? {} : { users: { count: concurrency, thinkS, rampS } }),
		...(sessions === null ? {} : { sessions: { ...sessions, pauseS: sessions.pauseS ?? thinkS } }),
	};
}

function scalingOf(scenario: Scenario): Pick<RouterConfig, 'scaling'> {
	const counts = replicaCounts(scenario);
	if (counts === null) return {};
	const startupUs = Math.round((scenario.serving?.scaling?.startupS ?? 0) * SECOND_US);
	return { scaling: { ...counts, startupUs } };
}

/** Of what nobody wrote out: the draws of our table are cut, and Vidur cuts the rows of files itself. */
function overlongOf({
	overlong,
	lengths,
	clients,
	compatibility,
}: Pick<
	Scenario['requests'],
	'overlong' | 'lengths' | 'clients' | 'compatibility'
>): RouterConfig['overlong'] {
	if (overlong !== null) return overlong;
	const isFile = lengths.type === 'length-file' || lengths.type === 'trace-file';
	if (compatibility === 'vidur' && isFile) return 'cut';
	const own = clients?.type === 'list' ? clients.clients.map((client) => client.lengths) : [null];
	const isOurs = clients === null || clients.type === 'list';
	return isOurs && own.every((drawn) => (drawn ?? lengths).type === 'trace') ? 'cut' : 'refuse';
}

/** Whether requests may be sent otherwise than their source has them. */
export function mayChange({ requests }: Pick<Scenario, 'requests'>): boolean {
	const { lengths, zeroTokens } = requests;
	return changesLengths({ lengths, zeroTokens, overlong: overlongOf(requests) });
}

/** What prompts have in common: given, or what the replayed trace says where somebody asks. */
function prefixesOf({ requests, serving }: Scenario): RouterConfig['prefixes'] {
	const { prefixes, lengths, policy } = requests;
	if (prefixes?.type === 'sessions')
		return { ...prefixes, maxTokens: serving?.maxTokens ?? MAX_TOKENS };
	if (prefixes !== null) return prefixes;
	// What comes from outside says so itself.
	if (requests.source === 'live') return null;
	const isShared = serving?.prefixCache?.type === 'shared';
	if (!isShared && policy !== 'prefix') return null;
	if (requests.sessions !== null) return { type: 'turns' };
	if (lengths.type === 'trace-file') {
		const blockTokens = lengths.hashTokens ?? traceBlockTokens(lengths);
		return { type: 'trace', blockTokens: blockTokens * lengths.prefillScale };
	}
	throw new ConfigError(
		`Cannot ${isShared ? 'share prefixes' : 'route by prefixes'}: nothing says which prompts begin alike; ` +
			'give requests.prefixes or requests.sessions, or replay a Mooncake trace',
	);
}

type Rate = NonNullable<Scenario['requests']['rate']>;

function rateConfig(rate: Rate | null, frame: Frame): RouterConfig['rate'] {
	if (rate === null) return null;
	const { diurnal, weekly, bursts } = rate;
	return {
		startEpochMs: frame.startEpochMs,
		timezone: frame.location.timeZone,
		diurnal:
			diurnal === null
				? null
				: { weekday: diurnal.weekday, weekend: diurnal.weekend ?? diurnal.weekday },
		weekly,
		bursts: bursts === null ? null : burstsConfig(bursts),
	};
}

function burstsConfig(
	bursts: NonNullable<Rate['bursts']>,
): NonNullable<NonNullable<RouterConfig['rate']>['bursts']> {
	if (bursts.type === 'scheduled')
		return {
			type: 'scheduled',
			bursts: bursts.bursts.map(({ from, length, factor }) => {
				const fromUs = parseDurationFrom0(from, 'the start of a burst');
				return { fromUs, untilUs: fromUs + parseDuration(length, 'the length of a burst'), factor };
			}),
		};
	const { burstFactor, calmFactor, meanBurst, meanCalm } = bursts;
	return {
		type: 'markov',
		burstFactor,
		calmFactor,
		meanBurstUs: parseDuration(meanBurst, 'the mean length of bursts'),
		meanCalmUs: parseDuration(meanCalm, 'the mean time between bursts'),
	};
}
