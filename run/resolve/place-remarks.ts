import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { TraceRemark } from './check-traces.ts';
import type { Frame } from './plan.ts';

/** What of a run rests on the latitude of a place of which no statistics are known. */
export function placeRemarks(
	{ solar, wind, serving }: Scenario,
	{ location }: Pick<Frame, 'location'>,
): TraceRemark[] {
	if (location.statistics === 'own') return [];
	const at = `no statistics of ${location.name} are known`;
	return [
		...solar
			.filter(({ sky }) => sky.type !== 'file')
			.map(({ name, sky }) => ({
				actor: name,
				text:
					sky.type === 'stochastic'
						? `${at}: temperatures by latitude, wind 3 m/s, clouds as on average in ten cities`
						: `${at}: temperatures by latitude, wind 3 m/s`,
			})),
		...wind
			.filter(({ speed }) => speed.type === 'stochastic' && speed.meanMs === undefined)
			.map(({ name }) => ({
				actor: name,
				text: `${at}: mean wind 3 m/s (speed.meanMs says another)`,
			})),
		...(typeof serving?.pue === 'object'
			? [{ actor: 'air', text: `${at}: temperatures by latitude` }]
			: []),
	];
}
