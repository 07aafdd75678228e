import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { TraceRemark } from './check-traces.ts';
import { declaredIn } from './declared.ts';
import type { Frame } from './plan.ts';

/** What of a run rests on the latitude of a place of which no statistics are known. */
export function placeRemarks(
	scenario: Scenario,
	{ location }: Pick<Frame, 'location'>,
): TraceRemark[] {
	if (location.statistics === 'own') return [];
	const { solar, serving } = scenario;
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
		...declaredIn(scenario).flatMap(({ declaration, item }) => {
			const guessed = declaration.guessed(item);
			return guessed === null ? [] : [{ actor: item.name, text: `${at}: ${guessed}` }];
		}),
		...(typeof serving?.pue === 'object' && serving.pue.outdoor === undefined
			? [{ actor: 'air', text: `${at}: temperatures by latitude` }]
			: []),
	];
}
