import type { Followed, FollowedFeeds } from '../../feeds/signal/followed.ts';
import { given, live, type Origin } from '../../protocol/origin.ts';
import { distinct, type Remark } from '../../protocol/remark.ts';
import type { FollowedFeed } from '../../protocol/run-folder/feeds.ts';
import type { SourceLabel } from '../../protocol/run-folder/metadata.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { usToSeconds } from '../../protocol/time.ts';
import { batteryOrigin } from '../../services/battery/origin.ts';
import type { RecorderConfig } from '../../services/recorder/config.ts';
import { climateOrigin } from '../../services/solar/locations.ts';
import { powerOrigin, sleepOrigin } from '../../silicon/power-origin.ts';
import { profileOrigin } from '../../silicon/profile/load.ts';
import { gpuPowerOf, overheadsOrigin } from './calibration.ts';
import { declaredIn, weatherIn } from './declared.ts';
import { outdoorFeed } from './member-feeds.ts';
import type { OwnActor } from './own-actor.ts';
import type { Frame } from './plan.ts';
import { policySource } from './policy-source.ts';
import { replicaConfig } from './replica-config.ts';
import type { ResolvedSignals } from './site-signals.ts';

const row = (what: string, origin: Origin): SourceLabel => ({ what, ...origin });

/** What the figures of a run rest on, a row each: each thing says of itself where it is from. */
export function sourceLabels(
	scenario: Scenario,
	frame: Frame,
	{
		own,
		carbon,
		marginal,
		price,
		exports,
		forecasts,
		feeds,
	}: ResolvedSignals & { readonly own: readonly OwnActor[]; readonly feeds: FollowedFeeds },
): SourceLabel[] {
	const { location } = frame;
	const { policy } = scenario;
	return [
		...(scenario.serving === null ? [] : servingRows(scenario, scenario.serving, { frame, feeds })),
		...declaredIn(scenario).flatMap(({ declaration, item }) =>
			declaration
				.sources(item, { location, climate: climateOrigin(location), feeds })
				.map(({ what, origin }) => row(what, origin)),
		),
		...scenario.batteries.map((battery) => row(battery.name, batteryOrigin(battery))),
		...own.map(({ name, origin }) => row(name, origin)),
		...(policy.type === 'plugin'
			? [
					row(
						'dispatch policy',
						given(`${policy.path}, SHA-256 ${policySource(policy.path).sha256}`),
					),
				]
			: []),
		...(carbon === null ? [] : [row('carbon intensity', carbon.origin)]),
		...(marginal === null ? [] : [row('marginal carbon intensity', marginal.origin)]),
		...Object.entries(forecasts ?? {}).flatMap(([signal, forecast]) =>
			forecast === null
				? []
				: [{ what: `forecast of ${signal}`, label: forecast.name, source: forecast.describe }],
		),
		...(price === null ? [] : [row('price', price.origin)]),
		...(exports === null ? [] : [row('pay for exports', exports.origin)]),
	];
}

/** Where times and power of GPUs, servers and facility are from. */
function servingRows(
	scenario: Scenario,
	serving: NonNullable<Scenario['serving']>,
	{ frame, feeds }: { readonly frame: Frame; readonly feeds: FollowedFeeds },
): SourceLabel[] {
	const replica = replicaConfig(scenario, frame);
	const tensorParallel = replica.numTensorParallelWorkers;
	const { model, compatibility } = replica;
	const needs = { model, device: replica.device.name, tensorParallel, compatibility };
	const power = gpuPowerOf(serving);
	const { sleep, host, pue } = serving;
	const rows = [
		row('iteration times', profileOrigin(replica.profile, needs)),
		row('power of a GPU', powerOrigin(power)),
	];
	const overheads = overheadsOrigin(serving);
	if (overheads !== null) rows.push(row('overheads', overheads));
	if (sleep !== null) rows.push(row('power of a sleeping GPU', sleepOrigin(power, sleep.powerW)));
	if (host.idleW + host.busyW + host.networkW > 0)
		rows.push(row('power of servers and network', given('the scenario')));
	if (typeof pue !== 'number') {
		rows.push(row('PUE by outdoor temperature', given('the scenario')));
		const feed = outdoorFeed(scenario);
		const origin =
			pue.outdoor !== undefined
				? given(`by the module ${pue.outdoor.module}`)
				: feed !== null
					? live('temperature', feed, feeds.get(feed)?.past !== undefined)
					: (weatherIn(scenario, frame)?.origin ?? climateOrigin(frame.location));
		rows.push(row('outdoor temperature', origin));
	}
	return rows;
}

/** Names the gaps of the files that a run reads. */
export function addGaps(
	metadata: RecorderConfig['metadata'],
	gaps: readonly { readonly actor: string; readonly count: number; readonly longestS: number }[],
): void {
	(metadata['gridbeat'] as { gaps?: unknown }).gaps = gaps;
}

/** Names the feeds that actors of a site follow. */
export function addFeeds(
	metadata: RecorderConfig['metadata'],
	followers: readonly { readonly actor: string; readonly followed: Followed }[],
): void {
	if (followers.length === 0) return;
	const own = metadata['gridbeat'] as { feeds?: FollowedFeed[] };
	own.feeds = followers.map(({ actor, followed: { quantity, following } }) => ({
		...{ actor, name: following.name, quantity, times: following.times },
		stale_after_s: usToSeconds(following.staleAfterUs),
		when_stale: following.whenStale,
	}));
}

/** What there is to say of inputs: it goes from here into the closing table, `--json` and the report. */
export function addRemarks(metadata: RecorderConfig['metadata'], remarks: readonly Remark[]): void {
	if (remarks.length === 0) return;
	const own = metadata['gridbeat'] as { remarks?: Remark[] };
	own.remarks = distinct([...(own.remarks ?? []), ...remarks]);
}
