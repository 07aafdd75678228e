import { type FollowedFeeds, followedFeed } from '../../feeds/signal/followed.ts';
import { inCalendar } from '../../feeds/signal/in-calendar.ts';
import { LOAD, traceUnit } from '../../feeds/signal/trace-unit.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { LoadConfig } from '../../services/load/kind.ts';
import type { Frame } from './plan.ts';

type KnownLoad = Exclude<Scenario['loads'][number], { type: 'module' | 'external' }>;

/** Loads that are no kind of the user's. */
export function knownLoads({ loads }: Scenario): KnownLoad[] {
	return loads.filter((load) => load.type !== 'module' && load.type !== 'external');
}

/** A load of constant power, of a feed, or of a file laid into the calendar of the run. */
export function loadConfig(load: KnownLoad, frame: Frame, feeds: FollowedFeeds): LoadConfig {
	const { name: _, sign, ...source } = load;
	if (source.type === 'feed') {
		const { feed, profile, sampling } = source;
		const followed = followedFeed(feeds, feed);
		const fallback = feed.staleness.then === 'profile' ? profile : null;
		const { stepUs, startEpochMs } = frame;
		return { stepUs, sign, source: { type: 'feed', sampling, followed, fallback, startEpochMs } };
	}
	if (source.type === 'constant') return { stepUs: frame.stepUs, sign, source };
	const { unit: _unit, ...trace } = source;
	const { scale } = traceUnit(source, LOAD);
	return { stepUs: frame.stepUs, sign, source: inCalendar({ ...trace, scale }, frame) };
}
