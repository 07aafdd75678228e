import type { Scenario } from '../../protocol/scenario.ts';
import type { RecorderConfig } from '../recorder/config.ts';
import { findDevice } from '../replica/config.ts';
import { findGpuPower } from '../replica/device.ts';
import type { GpuPower } from '../replica/profile/load-power.ts';
import { gapsText } from '../signal/gaps.ts';
import { policySource } from './policy-source.ts';
import type { ResolvedSignals } from './site-signals.ts';

/** What the figures of a run rest on, a row each. */
export function sourceLabels(
	scenario: Scenario,
	{ carbon, marginal, price, forecasts }: ResolvedSignals,
) {
	const labels = [];
	if (scenario.serving !== null) {
		labels.push({
			what: 'iteration times',
			label: 'fitted',
			source:
				'profiling-data/, from medians that Vidur measured; see its README for the held-out error',
		});
		labels.push(...powerLabels(scenario, scenario.serving));
	}
	for (const { name, sky } of scenario.solar) {
		labels.push({
			what: name,
			label: sky.type === 'trace' ? 'given' : sky.type === 'clear' ? 'modelled' : 'fitted',
			source:
				sky.type === 'trace'
					? sky.path
					: `clear-sky model${sky.type === 'clear' ? '' : ', clouds with the statistics in weather-data/'}`,
		});
	}
	for (const { name, speed } of scenario.wind) {
		labels.push({
			what: name,
			label: speed.type === 'stochastic' ? 'synthetic' : 'given',
			source:
				speed.type === 'trace'
					? speed.path
					: speed.type === 'constant'
						? `${speed.speedMs} m/s at all times`
						: 'Weibull-distributed speeds about a typical mean, measured nowhere (docs/wind.md)',
		});
	}
	if (scenario.policy.type === 'plugin') {
		const { path } = scenario.policy;
		const source = `${path}, SHA-256 ${policySource(path).sha256}`;
		labels.push({ what: 'dispatch policy', label: 'given', source });
	}
	for (const [what, signal] of [
		['carbon intensity', carbon],
		['marginal carbon intensity', marginal],
	] as const) {
		if (signal === null) continue;
		const label = signal.source.type === 'profile' ? 'fitted' : signal.source.type;
		labels.push({ what, label, source: signal.describe });
	}
	for (const [signal, forecast] of Object.entries(forecasts ?? {})) {
		if (forecast === null) continue;
		const { name: label, describe: source } = forecast;
		labels.push({ what: `forecast of ${signal}`, label, source });
	}
	if (price !== null && price.describe !== null)
		labels.push({ what: 'price', label: price.source.type, source: price.describe });
	return labels;
}

/** Where the power of GPUs, servers and facility is from. */
function powerLabels({ solar }: Scenario, serving: NonNullable<Scenario['serving']>) {
	const power = findGpuPower(serving.powerCurve, findDevice(serving.device).name);
	const { idleW, maxW, saturationMfu, powerExponent, source } = power;
	const formula = `${idleW} W + ${maxW - idleW} W * min(1, (MFU / ${saturationMfu})^${powerExponent})`;
	const { sleep, host, pue } = serving;
	const file = solar.map(({ sky }) => sky).find(({ type }) => type === 'file');
	return [
		{
			what: 'power of a GPU',
			label: { measured: 'fitted', 'vidur-energy': 'published curve', card: 'given' }[power.curve],
			source: `${formula}: ${source}; ${powerError(power)}${power.curve === 'card' ? '' : ' (profiling-data/gpu-power.json)'}`,
		},
		...(sleep === null
			? []
			: [
					{
						what: 'power of a sleeping GPU',
						label: sleep.powerW === null ? 'approximate' : 'given',
						source: sleep.powerW === null ? power.sleepSource : 'the scenario',
					},
				]),
		...(host.idleW + host.busyW + host.networkW === 0
			? []
			: [{ what: 'power of servers and network', label: 'given', source: 'the scenario' }]),
		...(typeof pue === 'number'
			? []
			: [
					{
						what: 'PUE by outdoor temperature',
						label: 'given',
						source: `the scenario; temperature from ${file?.type === 'file' ? file.path : "the location's climate (weather-data/)"}`,
					},
				]),
	];
}

/** How far measured GPUs lie from a curve. */
function powerError({ measured }: GpuPower): string {
	if (measured === null) return 'no measurement of such a GPU is known, so its error is not either';
	const { busyPercent, runs, of, meanPercent } = measured;
	const signed = busyPercent.map((percent) => `${percent > 0 ? '+' : ''}${percent}`);
	return (
		`${runs} measured runs draw ${signed.join(' to ')} % against it, ` +
		`${meanPercent} % on average (${of})`
	);
}

/** Names the gaps of the files that a run reads: under `gaps`, and beside where the figures come from. */
export function addGaps(
	metadata: RecorderConfig['metadata'],
	gaps: readonly { readonly actor: string; readonly count: number; readonly longestS: number }[],
): void {
	const own = metadata['gridbeat'] as { sources: unknown[]; gaps?: unknown };
	own.gaps = gaps;
	for (const { actor, count, longestS } of gaps)
		own.sources.push({
			what: `gaps of ${actor}`,
			label: 'given',
			source: `${gapsText(count, longestS)}; the value beside is held`,
		});
}

/** What there is to say of the values of files, beside where the figures come from. */
export function addRemarks(
	metadata: RecorderConfig['metadata'],
	remarks: readonly { readonly actor: string; readonly text: string }[],
): void {
	const own = metadata['gridbeat'] as { sources: unknown[] };
	for (const { actor, text } of remarks)
		own.sources.push({ what: `values of ${actor}`, label: 'given', source: text });
}
