import { note, type Remark } from '../../protocol/remark.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { declaredIn } from './declared.ts';
import { outdoorFeed } from './member-feeds.ts';
import type { Frame } from './plan.ts';

/** What of a run rests on the latitude of a place of which no statistics are known. */
export function placeRemarks(scenario: Scenario, { location }: Pick<Frame, 'location'>): Remark[] {
	const assumed = location.notes.map((text) => ({ of: location.name, ...note(text) }));
	if (location.statistics === 'own') return assumed;
	const { serving } = scenario;
	const at = `no statistics of ${location.name} are known`;
	return [
		...assumed,
		...declaredIn(scenario).flatMap(({ declaration, item }) => {
			const guessed = declaration.guessed(item);
			return guessed === null ? [] : [{ of: item.name, ...note(`${at}: ${guessed}`) }];
		}),
		...(typeof serving?.pue === 'object' &&
		serving.pue.outdoor === undefined &&
		outdoorFeed(scenario) === null
			? [{ of: 'air', ...note(`${at}: temperatures by latitude`) }]
			: []),
	];
}
