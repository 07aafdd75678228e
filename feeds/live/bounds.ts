import type { FeedQuantity } from '../../protocol/signals.ts';
import { type FeedAnswer, FeedError, type LiveFeed } from './feed.ts';

/** Between what values of a kind lie, in the unit in which the run has them. */
export interface Bounds {
	readonly least: number;
	readonly most: number;
}

/**
 * What nobody has measured anywhere, so that it is a fault and no value: intensities and prices as for files (feeds/grid/limits.ts),
 * irradiance with what clouds reflect on top, the records of temperature and wind of the World Meteorological Organization with room.
 */
const BOUNDS: Readonly<Record<FeedQuantity, Bounds>> = {
	carbon: { least: 0, most: 3000 },
	'marginal-carbon': { least: 0, most: 3000 },
	'carbon-index': { least: 0, most: 100 },
	price: { least: -20, most: 20 },
	irradiance: { least: 0, most: 2000 },
	temperature: { least: -100, most: 70 },
	'wind-speed': { least: 0, most: 120 },
	power: { least: -1e12, most: 1e12 },
	rate: { least: 0, most: 1e9 },
	plain: { least: -Number.MAX_VALUE, most: Number.MAX_VALUE },
};

/**
 * The feed without the values that lie outside the bounds, which are counted and said in its notes. An answer of nothing else is
 * an error.
 */
export function withinBounds(
	feed: LiveFeed,
	quantity: FeedQuantity,
	own: { readonly least: number | null; readonly most: number | null },
): LiveFeed {
	const bounds = {
		least: own.least ?? BOUNDS[quantity].least,
		most: own.most ?? BOUNDS[quantity].most,
	};
	const { range } = feed;
	return {
		...feed,
		poll: async (nowMs, signal) => {
			const answer = await feed.poll(nowMs, signal);
			return answer === 'unchanged' ? answer : checked(feed.name, answer, bounds);
		},
		...(range === undefined
			? {}
			: {
					range: async (span, signal) =>
						checked(feed.name, await range.call(feed, span, signal), bounds),
				}),
	};
}

/** Years 1900 to 2200: times beyond are no times of anybody's values. */
const TIMES_MS = { least: Date.UTC(1900), most: Date.UTC(2200) };

function checked<Answer extends FeedAnswer>(
	name: string,
	answer: Answer,
	{ least, most }: Bounds,
): Answer {
	const odd = answer.points.find(
		({ fromMs }) => !(fromMs >= TIMES_MS.least && fromMs < TIMES_MS.most),
	);
	if (odd !== undefined)
		throw new FeedError(
			`Cannot use ${name}: it has a value for ${odd.fromMs / 1000} s after 1970`,
			{
				kind: 'garbled',
			},
		);
	const isIn = (value: number) => value >= least && value <= most;
	const outside = answer.points.filter(({ value }) => !isIn(value));
	const [first] = outside;
	if (first === undefined) return answer;
	const is = `${first.value} ${answer.unit} of ${new Date(first.fromMs).toISOString()}`;
	const bounds = `${least} to ${most} ${answer.unit}`;
	if (outside.length === answer.points.length)
		throw new FeedError(`Cannot use ${name}: its values lie outside ${bounds}, such as ${is}`, {
			kind: 'garbled',
		});
	return {
		...answer,
		points: answer.points.filter(({ value }) => isIn(value)),
		outOfBounds: answer.outOfBounds + outside.length,
		notes: [
			...answer.notes,
			`${outside.length} ${outside.length === 1 ? 'value' : 'values'} outside ${bounds} left out, such as ${is}`,
		],
	};
}
