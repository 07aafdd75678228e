import type * as z from 'zod';
import { nearestName } from './nearest-name.ts';
import { quoted } from './plain-text.ts';

/**
 * What a schema has against a value, in words of people: zod's own speak of types and options. A schema that says its own
 * (`error`, `refine`) keeps it.
 */

/** To be given to parse() and safeParse(), so that what they say can be shown. */
export const PLAINLY: { readonly error: z.core.$ZodErrorMap } = { error: plainIssue };

type RawIssue = z.core.$ZodRawIssue;

function plainIssue(issue: RawIssue): string | undefined {
	switch (issue.code) {
		case 'invalid_type':
			return typeText(issue.expected, issue.input);
		case 'too_small':
			return sizeText(issue.origin, 'least', Number(issue.minimum), issue);
		case 'too_big':
			return sizeText(issue.origin, 'most', Number(issue.maximum), issue);
		case 'invalid_value':
			return choiceText(issue.values, issue.input);
		case 'invalid_format':
			return FORMATS[issue.format] === undefined ? undefined : `must be ${FORMATS[issue.format]}`;
		case 'not_multiple_of':
			return `must be a multiple of ${issue.divisor}`;
		case 'unrecognized_keys':
			return `unknown key ${issue.keys.map(quoted).join(', ')}`;
		case 'invalid_union':
			return unionText(issue);
		case 'invalid_key':
			return 'is no key that may stand here';
		default:
			return undefined;
	}
}

const TYPES: Readonly<Record<string, string>> = {
	string: 'text',
	number: 'a number',
	int: 'a whole number',
	boolean: 'true or false',
	object: 'a mapping of keys to values',
	record: 'a mapping of keys to values',
	array: 'a list',
	tuple: 'a list',
	null: 'null',
	date: 'a date',
};

/** Of one whose members have a key that tells them apart; or of one whose members are simple. */
function unionText({ errors, input, ...issue }: Extract<RawIssue, { code: 'invalid_union' }>) {
	const { discriminator, options } = issue as { discriminator?: string; options?: unknown[] };
	if (discriminator !== undefined && options !== undefined) {
		const given = (input as Record<string, unknown> | undefined)?.[discriminator];
		return choiceText(
			options.filter((option) => option != null),
			given,
		);
	}
	const members = errors.flatMap(([first]) => (first === undefined ? [] : [first]));
	const forms = [...new Set(members.flatMap(formsOf))];
	// Of the type of a member, and not what that one wants of it.
	const near = members.find((one) => one.path.length === 0 && formsOf(one).length === 0);
	if (near !== undefined) return near.message;
	if (forms.length === 0 || members.some((one) => one.path.length > 0)) return undefined;
	const either = forms.join(' or ');
	if (input === undefined) return `is missing; give ${either}`;
	return `must be ${either}, not ${typeOf(input)}`;
}

/** What a member of a union wants, where the value is of another type or of no value that it takes. */
function formsOf(issue: z.core.$ZodIssue): string[] {
	if (issue.path.length > 0) return [];
	if (issue.code === 'invalid_type') return [TYPES[issue.expected] ?? issue.expected];
	return issue.code === 'invalid_value' ? issue.values.map((value) => String(value)) : [];
}

const FORMATS: Readonly<Record<string, string>> = {
	url: 'an address such as https://example.org',
	datetime: 'a date and time such as 2026-06-21T12:00:00Z',
	date: 'a date such as 2026-06-21',
	base64: 'text in base64',
	regex: 'written in another way',
};

function typeText(expected: string, input: unknown): string {
	const wanted = TYPES[expected] ?? expected;
	if (input === undefined) return `is missing; give ${wanted}`;
	// A number with a fraction is seen to be one.
	if (expected === 'int' && typeof input === 'number' && Number.isFinite(input))
		return `must be ${wanted}`;
	return `must be ${wanted}, not ${typeOf(input)}`;
}

function typeOf(input: unknown): string {
	if (input === null) return 'null';
	if (Array.isArray(input)) return 'a list';
	if (typeof input === 'number') return Number.isFinite(input) ? 'a number' : String(input);
	return TYPES[typeof input] ?? typeof input;
}

/** What of a value is counted. */
const COUNTED: Readonly<Record<string, string>> = {
	string: 'characters',
	array: 'entries',
	set: 'entries',
	map: 'entries',
};

function sizeText(
	origin: string,
	end: 'least' | 'most',
	limit: number,
	{ inclusive, exact }: { readonly inclusive?: boolean; readonly exact?: boolean },
): string {
	const counted = COUNTED[origin];
	if (counted !== undefined) {
		if (exact === true) return `must have ${limit} ${counted}`;
		if (end === 'least' && limit === 1) return 'must not be empty';
		return `must have ${limit} ${counted} or ${end === 'least' ? 'more' : 'fewer'}`;
	}
	const way = end === 'least' ? 'more' : 'less';
	return inclusive === false ? `must be ${way} than ${limit}` : `must be ${limit} or ${way}`;
}

function choiceText(values: readonly unknown[], input: unknown): string {
	const shown = values.map((value) => String(value));
	const [last] = shown.slice(-1);
	const all = shown.length === 1 ? last : `${shown.slice(0, -1).join(', ')} or ${last}`;
	if (input === undefined) return `is missing; give ${all}`;
	const nearest = typeof input === 'string' ? nearestName(input, shown) : null;
	return `must be ${all}${nearest === null || shown.length === 1 ? '' : `; did you mean ${nearest}?`}`;
}
