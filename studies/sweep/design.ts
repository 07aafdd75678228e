import * as z from 'zod';
import { namedPrng, type Prng } from '../../kernel/actor/random.ts';
import type { Json } from '../../kernel/files/canonical.ts';
import { ConfigError } from '../../protocol/errors.ts';

/** What a study varies: a scenario file, or the keys of one. */
export const StudyBase = z
	.union([z.string().min(1), z.record(z.string(), z.unknown())])
	.default({})
	.describe('What is varied: a scenario file, relative to this one, or the keys of a scenario');

const Values = z.array(z.json()).min(1, { error: 'give at least one value' });

/** What a random design draws a key from. */
const Draw = z.union([
	z.strictObject({ choices: Values }),
	z
		.strictObject({
			min: z.number(),
			max: z.number(),
			scale: z.enum(['linear', 'log']).default('linear').describe('log: uniform in the logarithm'),
			integer: z.boolean().default(false).describe('Whole numbers only'),
		})
		.refine(({ min, max }) => min < max, { error: 'min must be below max' })
		.refine(({ scale, min }) => scale === 'linear' || min > 0, {
			error: 'min must be above 0 where the scale is log',
		}),
]);
type Draw = z.infer<typeof Draw>;

const Random = z.strictObject({
	samples: z.int().min(1).max(100_000).describe('Points'),
	method: z
		.enum(['latin', 'uniform'])
		.default('latin')
		.describe('latin: each of so many equal parts of a range is drawn from once (Latin hypercube)'),
	keys: z.record(z.string(), Draw).describe('What each key is drawn from'),
});

/** The keys that vary; their names are paths into a scenario, such as `serving.tensorParallel`. */
export const Design = z.strictObject({
	grid: z
		.record(z.string(), Values)
		.default({})
		.describe('Every combination of these values; keys are paths into the scenario'),
	random: Random.nullable().default(null).describe('Points drawn at random; null: none'),
	list: z.array(z.record(z.string(), z.json())).default([]).describe('Points as they stand'),
});
export type Design = z.infer<typeof Design>;

/** Values of the keys that vary. */
export type Point = Readonly<Record<string, Json>>;

/** More are a mistake in the file rather than a wish. */
const POINTS_MAX = 1_000_000;

/**
 * The points of a design, in order: each point of the list with each combination of the grid, the last key
 * running fastest, and each sample of the random part. An empty design has one point, with nothing in it.
 *
 * @throws ConfigError for a key that is in two parts, and for a design without bounds
 */
export function expandDesign(design: Design, seed: string): Point[] {
	const parts = [design.list.length === 0 ? [{}] : design.list, gridPoints(design.grid)];
	if (design.random !== null) parts.push(randomPoints(design.random, seed));
	refuseTwice(parts as Point[][]);
	const count = parts.reduce((product, { length }) => product * length, 1);
	if (count > POINTS_MAX)
		throw new ConfigError(`Cannot sweep ${count} points: at most ${POINTS_MAX} are possible`);
	return (parts as Point[][]).reduce<Point[]>(
		(points, part) => points.flatMap((point) => part.map((more) => ({ ...point, ...more }))),
		[{}],
	);
}

function refuseTwice(parts: readonly Point[][]): void {
	const seen = new Set<string>();
	for (const part of parts) {
		const keys = new Set(part.flatMap((point) => Object.keys(point)));
		for (const key of keys) {
			if (seen.has(key))
				throw new ConfigError(
					`Cannot vary "${key}" twice: it is in more than one of list, grid and random; drop all but one`,
				);
			seen.add(key);
		}
	}
}

function gridPoints(grid: Design['grid']): Point[] {
	return Object.entries(grid).reduce<Point[]>(
		(points, [key, values]) =>
			points.flatMap((point) => values.map((value) => ({ ...point, [key]: value as Json }))),
		[{}],
	);
}

function randomPoints({ samples, method, keys }: z.infer<typeof Random>, seed: string): Point[] {
	const points: Record<string, Json>[] = Array.from({ length: samples }, () => ({}));
	for (const [key, draw] of Object.entries(keys)) {
		const prng = namedPrng(`${seed}/design/${key}`);
		const strata = method === 'latin' ? shuffled(samples, prng) : null;
		points.forEach((point, i) => {
			const uniform = prng.uniform();
			const place = strata === null ? uniform : ((strata[i] as number) + uniform) / samples;
			point[key] = valueAt(draw, place);
		});
	}
	return points;
}

/** The numbers below `count` in a random order (Fisher and Yates). */
function shuffled(count: number, prng: Prng): number[] {
	const order = Array.from({ length: count }, (_, i) => i);
	for (let i = count - 1; i > 0; i--) {
		const other = Math.floor(prng.uniform() * (i + 1));
		[order[i], order[other]] = [order[other] as number, order[i] as number];
	}
	return order;
}

/** The value at a place in [0, 1) of what is drawn from. */
function valueAt(draw: Draw, place: number): Json {
	if ('choices' in draw) return draw.choices[Math.floor(place * draw.choices.length)] as Json;
	const { min, max, scale, integer } = draw;
	// Each whole number is as likely as any other, the last one too.
	if (integer && scale === 'linear') return Math.floor(min + place * (max - min + 1));
	const value = scale === 'log' ? min * (max / min) ** place : min + place * (max - min);
	return integer ? Math.round(value) : value;
}

/** Keys that have more than one value, in the order in which they first come. */
export function varyingKeys(points: readonly Point[]): string[] {
	const values = new Map<string, Set<string>>();
	for (const point of points)
		for (const [key, value] of Object.entries(point))
			values.set(key, (values.get(key) ?? new Set()).add(JSON.stringify(value)));
	return [...values]
		.filter(([key, set]) => set.size > 1 || points.some((point) => !(key in point)))
		.map(([key]) => key);
}

/** `tensorParallel 2, device h100`: the keys that vary, by the last part of their path where it distinguishes them. */
export function pointLabel(point: Point, keys: readonly string[]): string {
	const text = keys
		.filter((key) => key in point)
		.map((key) => `${shortKey(key, keys)} ${valueText(point[key] as Json)}`);
	return text.length === 0 ? 'base' : text.join(', ');
}

/** The last part of a path, or all of it where another key ends the same. */
export function shortKey(key: string, keys: readonly string[]): string {
	const last = (path: string) => path.slice(path.lastIndexOf('.') + 1);
	return keys.filter((other) => last(other) === last(key)).length > 1 ? key : last(key);
}

/** A value that distinguishes points: names without their owners, numbers as they are. */
export function valueText(value: Json): string {
	if (typeof value === 'string') return value.replace(/^[\w.-]+\/(?=[\w.-]+$)/, '');
	return JSON.stringify(value);
}
