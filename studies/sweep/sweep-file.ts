import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';
import { Repeats } from '../../protocol/scenario/parts.ts';
import { Design, StudyBase } from './design.ts';

/** The file of `gridbeat sweep`. */
export const SweepFile = z.strictObject({
	name: Name.default('sweep').describe('Name of the sweep, and of its folder in sweeps/'),
	base: StudyBase,
	...Design.shape,
	repeats: z
		.union([Repeats, z.array(z.union([z.string(), z.number()])).min(1)])
		.nullable()
		.default(null)
		.describe(
			'Runs of each point: how many, or their seeds; the first of a number has the scenario’s own seed. null: as the scenario says',
		),
	metrics: z
		.array(z.string())
		.min(1)
		.nullable()
		.default(null)
		.describe('Columns of the results, by name or the beginning of one; null: the usual ones'),
});
export type SweepFile = z.infer<typeof SweepFile>;

/** The seeds of a point's runs: 1, 2, 3 from a seed 1; a, a-2, a-3 from a seed that is a word. */
export function seedsOf(
	repeats: NonNullable<SweepFile['repeats']>,
	seed: string | number,
): string[] {
	if (typeof repeats !== 'number') return repeats.map(String);
	const isWhole = /^\d+$/.test(String(seed)) && Number.isSafeInteger(Number(seed) + repeats);
	return Array.from({ length: repeats }, (_, i) => {
		if (i === 0) return String(seed);
		return isWhole ? String(Number(seed) + i) : `${seed}-${i + 1}`;
	});
}
