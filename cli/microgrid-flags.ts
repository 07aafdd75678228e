import { resolve } from 'node:path';
import { ConfigError } from '../protocol/errors.ts';
import { numeric } from './flags.ts';

/** `zone:DE` and its like as the key `carbon`; null: none. */
export function carbonSource(value: string, extend: object): unknown {
	const [head, rest] = [value.split(':')[0], value.split(':').slice(1).join(':')];
	if (value === 'none') return null;
	if (value === 'location' || value === 'uk') return { source: value };
	if (head === 'zone') return { source: 'zone', zone: rest };
	if (head === 'file') return { source: 'file', path: resolve(rest) };
	if (head === 'electricitymaps') return { source: 'electricitymaps', zone: rest };
	if (head === 'constant') return { source: 'constant', valueGPerKwh: numeric('carbon')(rest) };
	const trace = /^(?:(average|marginal):)?(.+\.csv)$/i.exec(value);
	if (trace !== null) {
		const [, kind = 'average', path = ''] = trace;
		return { source: 'trace', path: resolve(path), kind, ...extend };
	}
	throw new ConfigError(
		`Cannot use --carbon "${value}": give location, none, constant:VALUE, zone:NAME, file:FILE, average:FILE.csv, marginal:FILE.csv, uk or electricitymaps:ZONE`,
	);
}

/** The same for the key `marginalCarbon`. */
export function marginalSource(value: string, extend: object): unknown {
	if (value === 'none') return null;
	const [head, rest] = [value.split(':')[0], value.split(':').slice(1).join(':')];
	if (value === 'location') return { source: value };
	if (head === 'zone') return { source: 'zone', zone: rest };
	if (head === 'file') return { source: 'file', path: resolve(rest) };
	if (head === 'constant')
		return { source: 'constant', valueGPerKwh: numeric('marginal-carbon')(rest) };
	if (/\.csv$/i.test(value)) return { source: 'trace', path: resolve(value), ...extend };
	throw new ConfigError(
		`Cannot use --marginal-carbon "${value}": give location, none, constant:VALUE, zone:NAME, file:FILE or FILE.csv`,
	);
}

/** A number, `none` or a file as the key `price`. */
export function priceSource(value: string, extend: object): unknown {
	if (value === 'none') return null;
	if (value.startsWith('file:')) return { source: 'file', path: resolve(value.slice(5)) };
	if (/\.csv$/i.test(value)) return { source: 'trace', path: resolve(value), ...extend };
	if (value.trim() === '' || !Number.isFinite(Number(value)))
		throw new ConfigError(
			`Cannot use --price "${value}": give USD/kWh, none, FILE.csv or file:FILE`,
		);
	return { source: 'constant', valueUsdPerKwh: Number(value) };
}

/** `carbon:100:300` charges below 100 g/kWh and discharges above 300 g/kWh. */
export function dispatchKeys(value: string): [string, unknown][] {
	const [, name = '', rest = ''] = /^(peak|carbon|price):(.+)$/.exec(value) ?? [];
	const numbers = rest.split(':').map((text) => (text === '' ? Number.NaN : Number(text)));
	const isGood = numbers.every(Number.isFinite) && numbers.length === (name === 'peak' ? 1 : 2);
	if (value === 'default') return [['policy.type', 'default']];
	if (name === '' && /\.m?[jt]s$/.test(value))
		return [
			['policy.type', 'plugin'],
			['policy.path', resolve(value)],
		];
	const [, follow] = /^forecast:(carbon|marginal|price)$/.exec(value) ?? [];
	if (follow !== undefined)
		return [
			['policy.type', 'forecast'],
			['policy.follow', follow],
		];
	if (name === '' || !isGood)
		throw new ConfigError(
			`Cannot use --dispatch "${value}": give default, peak:WATTS, carbon:LOW:HIGH, price:LOW:HIGH, forecast:SIGNAL or a module FILE.js`,
		);
	if (name === 'peak')
		return [
			['policy.type', 'peak-shaving'],
			['policy.peakW', numbers[0]],
		];
	return [
		['policy.type', `${name}-arbitrage`],
		['policy.chargeBelow', numbers[0]],
		['policy.dischargeAbove', numbers[1]],
	];
}

/** The values of a flag that may be given several times; `none` alone stands for an empty list. */
export function listOrNone(
	flag: string,
	values: readonly string[],
	parse: (value: string) => unknown,
): unknown[] {
	if (!values.includes('none')) return values.map(parse);
	if (values.length === 1) return [];
	throw new ConfigError(
		`Cannot use --${flag} none with other values (${values.filter((value) => value !== 'none').join(', ')}): give one or the other`,
	);
}

/** `18h+3h` is an outage of three hours after eighteen. */
export function outageSpan(value: string): unknown {
	const [from, length, ...more] = value.split('+');
	if (from !== undefined && length !== undefined && more.length === 0) return { from, length };
	throw new ConfigError(
		`Cannot use --outage "${value}": give none, or FROM+LENGTH, such as 18h+3h`,
	);
}
