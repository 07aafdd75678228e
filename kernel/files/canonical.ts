import { createHash } from 'node:crypto';

/** Plain data as JSON has it. */
export type Json =
	| null
	| boolean
	| number
	| string
	| readonly Json[]
	| { readonly [key: string]: Json };

/** The one text of a value: keys in order, no blanks, without what is undefined. */
export function canonicalJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
	if (typeof value !== 'object' || value === null) {
		if (typeof value === 'number' && !Number.isFinite(value))
			throw new RangeError(`Cannot write ${value} as JSON: it is not finite`);
		return JSON.stringify(value ?? null);
	}
	const entries = Object.entries(value)
		.filter(([, member]) => member !== undefined)
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
	return `{${entries.join(',')}}`;
}

/** SHA-256 in hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
	return createHash('sha256').update(data).digest('hex');
}
