import type * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { GridSignal } from '../signals.ts';
import type { Policy } from './policy.ts';

/** The policy as flags have it. */

type PolicyKeys = z.input<typeof Policy>;

const FORMS =
	'default, peak:WATTS, carbon:LOW:HIGH, price:LOW:HIGH, forecast:SIGNAL or a module FILE.js';

/** Finite numbers between colons; null where one is none or they are not `count`. */
function numbersIn(text: string, count: number): number[] | null {
	const numbers = text.split(':').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
	return numbers.length === count && numbers.every(Number.isFinite) ? numbers : null;
}

/**
 * Keys of `policy`: `default`, `peak:WATTS` keeps imports below WATTS, `carbon:100:300` charges below 100 g/kWh and
 * serves deficits above 300 g/kWh, `price:LOW:HIGH` likewise in USD/kWh, `forecast:carbon` follows the forecast of a
 * signal, and the path of a module (`.js`, `.mjs`, `.ts`, `.mts`) is a policy of one's own.
 *
 * @throws ConfigError for anything else
 */
export function parsePolicy(text: string, what: string): PolicyKeys {
	if (text === 'default') return { type: 'default' };
	const [, name, rest = ''] = /^(peak|carbon|price|forecast):(.+)$/.exec(text) ?? [];
	if (name === undefined && /\.m?[jt]s$/.test(text)) return { type: 'plugin', path: text };
	if (name === 'forecast') {
		const follow = GridSignal.safeParse(rest);
		if (follow.success) return { type: 'forecast', follow: follow.data };
	}
	const [peakW] = numbersIn(rest, 1) ?? [];
	if (name === 'peak' && peakW !== undefined) return { type: 'peak-shaving', peakW };
	const [chargeBelow, dischargeAbove] = numbersIn(rest, 2) ?? [];
	if (chargeBelow !== undefined && dischargeAbove !== undefined) {
		if (name === 'carbon') return { type: 'carbon-arbitrage', chargeBelow, dischargeAbove };
		if (name === 'price') return { type: 'price-arbitrage', chargeBelow, dischargeAbove };
	}
	throw new ConfigError(`Cannot use ${what} "${text}": give ${FORMS}`);
}
