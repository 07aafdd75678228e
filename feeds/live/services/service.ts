import { ConfigError } from '../../../protocol/errors.ts';
import type { FeedQuantity } from '../../../protocol/signals.ts';
import { readUnit } from '../../signal/column-units.ts';
import {
	type FeedAnswer,
	type FeedEnv,
	FeedError,
	type FeedPoint,
	type FeedSpan,
} from '../feed.ts';
import type { HttpAnswer } from '../http-client.ts';
import { inOrder } from '../points.ts';

/** What the services have in common. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/**
 * A key of the user's.
 *
 * @param how one gets it, as `get a token at example.org`
 * @throws ConfigError when it is not set
 */
export function keyOf(env: FeedEnv, name: string, service: string, how: string): string {
	const key = env.keys[name]?.trim() ?? '';
	if (key !== '') return key;
	throw new ConfigError(
		`Cannot fetch from ${service}: ${name} is not set; ${how} and set it, or use a profile or a trace`,
	);
}

/**
 * The quantity that is wanted, if the service has it.
 *
 * @throws ConfigError when it has not
 */
export function oneOf<Q extends FeedQuantity>(
	wanted: FeedQuantity,
	service: string,
	has: readonly Q[],
): Q {
	const found = has.find((each) => each === wanted);
	if (found !== undefined) return found;
	throw new ConfigError(`Cannot use ${service} as ${wanted}: it gives ${has.join(' or ')}`);
}

/** The plan does not include what was asked for, or there is no such data; a wrong key fails again on the next. */
export function isRefusal(error: unknown): boolean {
	return error instanceof FeedError && [401, 403, 404].includes(error.status ?? 0);
}

/** Null for what the plan does not include. */
export async function orRefused<T>(asking: Promise<T>): Promise<T | null> {
	try {
		return await asking;
	} catch (error) {
		if (isRefusal(error)) return null;
		throw error;
	}
}

/** How long a plan is believed not to include what it refused. */
const REFUSED_MS = DAY_MS;

/** Asks for what a plan may not include, and after a refusal not again for a day. */
export function perhaps(): <T>(nowMs: number, ask: () => Promise<T>) => Promise<T | null> {
	let againMs = Number.NEGATIVE_INFINITY;
	return async (nowMs, ask) => {
		if (nowMs < againMs) return null;
		const found = await orRefused(ask());
		if (found === null) againMs = nowMs + REFUSED_MS;
		return found;
	};
}

/** What a service said of its values, beside when and whence. */
interface Said {
	readonly quantity: FeedQuantity;
	/** Of the run, see FeedAnswer. */
	readonly unit: string;
	/** As they were given, in any order. */
	readonly points: readonly FeedPoint[];
	/** The unit of those, and what they are multiplied by to be in that of the run; left out: they are. */
	readonly given?: { readonly unit: string; readonly factor: number };
	readonly attribution: string;
	readonly notes?: readonly string[];
}

/** What a feed gave, of one answer of its service or several. */
export function answerOf(
	answers: readonly HttpAnswer<unknown>[],
	{ quantity, unit, points, given, attribution, notes = [] }: Said,
): FeedAnswer {
	const last = answers.at(-1);
	if (last === undefined) throw new TypeError('nothing was asked');
	const { receivedAtMs, serverDateMs } = last;
	const ordered = inOrder(points);
	// Measured if there is one.
	const newest = ordered.findLast(({ isForecast }) => !isForecast) ?? ordered[0];
	return {
		...{ quantity, unit, outOfBounds: 0, receivedAtMs, serverDateMs, attribution, notes },
		given:
			given === undefined || newest === undefined
				? null
				: { unit: given.unit, value: newest.value },
		points:
			given === undefined
				? ordered
				: ordered.map((point) => ({ ...point, value: point.value * given.factor })),
		from: answers.map(({ from }) => from).join(' '),
	};
}

/** Asks for one span after the other. */
export async function eachOf<T>(
	spans: readonly FeedSpan[],
	ask: (span: FeedSpan) => Promise<T>,
): Promise<T[]> {
	const answers: T[] = [];
	for (const span of spans) answers.push(await ask(span));
	return answers;
}

/** What values in a unit are multiplied by to be in that in which a run has them. */
export function factorOf(unit: string): number {
	const read = readUnit(unit);
	if (read?.type !== 'unit') throw new TypeError(`"${unit}" is no unit`);
	return read.unit.factor;
}

/** The currency of a service's prices, and how many USD one unit of it is. */
export interface Rate {
	readonly currency: string;
	readonly usdPerUnit: number;
}

/**
 * @throws ConfigError where the rate is not given
 */
export function rateOf(service: string, currency: string, usdPerUnit: number | null): Rate {
	if (usdPerUnit !== null) return { currency, usdPerUnit };
	throw new ConfigError(
		`Cannot use ${service}: its prices are in ${currency}; give usdPerUnit, the USD for one ${currency}`,
	);
}

/**
 * What a price is multiplied by to be in USD/kWh; a text that says what is wrong where that cannot be known.
 *
 * @param unit as the service writes it, such as `EUR / MWh`
 */
export function usdFactor(unit: string, rate: Rate): number | string {
	const read = readUnit(unit);
	if (read?.type !== 'unit' || read.unit.currency === null)
		return `its prices are in "${unit}", which is no money per kWh or MWh`;
	const { currency, factor } = read.unit;
	if (currency !== rate.currency)
		return `its prices are in ${currency}; usdPerUnit is of the ${rate.currency}`;
	return factor * rate.usdPerUnit;
}
