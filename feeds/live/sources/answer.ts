import type { FeedQuantity } from '../../../protocol/signals.ts';
import { type FeedAnswer, FeedError } from '../feed.ts';
import { atPath, type JsonPath } from './json-path.ts';
import { type Reading, type Readings, type ReadTime, readingsOf, shown } from './readings.ts';
import type { ValueRule } from './values.ts';

/** What a source that carries anything is, once its keys have been checked. */
export interface SourceAbout {
	/** For messages. */
	readonly name: string;
	readonly quantity: FeedQuantity;
	readonly rule: ValueRule;
	/** Where it is asked, without secrets. */
	readonly from: string;
}

/** When an answer came. */
export interface Receipt {
	readonly receivedAtMs: number;
	readonly serverDateMs?: number | null;
	readonly notes?: readonly string[];
}

/**
 * The answer with these readings.
 *
 * @throws FeedError where none of them is a value
 */
export function answerOf(about: SourceAbout, readings: Readings, receipt: Receipt): FeedAnswer {
	const { points, given, refused, why } = readings;
	const reason = why ?? 'it gave no value';
	if (points.length === 0) throw garbled(about.name, reason);
	const { unit, givenUnit } = about.rule;
	const [first] = points;
	const early =
		first === undefined || !points.every(({ isForecast }) => isForecast)
			? []
			: [
					`all its values are of times to come, the first of ${new Date(first.fromMs).toISOString()}: its clock or its zone may be wrong`,
				];
	const notes =
		refused === 0 ? [] : [`${refused} of ${refused + points.length} values were refused: ${why}`];
	return {
		...{ quantity: about.quantity, unit, points, outOfBounds: refused },
		...{ from: about.from, attribution: '' },
		given: given === null || givenUnit === unit ? null : { unit: givenUnit, value: given },
		receivedAtMs: receipt.receivedAtMs,
		serverDateMs: receipt.serverDateMs ?? null,
		notes: [...notes, ...early, ...(receipt.notes ?? [])],
	};
}

/** A source answered with something that cannot be used. */
export function garbled(name: string, reason: string): FeedError {
	return new FeedError(`Cannot use what ${name} gave: ${reason}`, { kind: 'garbled' });
}

/** Where values and their times stand in a document. */
export interface Places {
	/** Null: the document is the value. */
	readonly value: { readonly text: string; readonly path: JsonPath } | null;
	/** Null: values are of when they came. */
	readonly time: { readonly text: string; readonly path: JsonPath } | null;
}

/**
 * The readings that a document holds.
 *
 * @returns a text that says why it holds none
 */
function readingsIn(document: unknown, { value, time }: Places): Reading[] | string {
	const values = value === null ? document : atPath(document, value.path);
	const where = value === null ? '' : ` at ${value.text}`;
	if (values === undefined) return `there is nothing${where}`;
	const times = time === null ? undefined : atPath(document, time.path);
	if (!Array.isArray(values)) {
		if (typeof values === 'object' && values !== null)
			return `there is an object${where} and no value; write such as ${value?.text ?? ''}${value === null ? '' : '.'}${Object.keys(values)[0] ?? 'value'}`;
		if (time !== null && times === undefined) return `there is no time at ${time.text}`;
		return [{ value: values, time: times }];
	}
	if (time === null)
		return `there are ${values.length} values${where} and no times; say where their times are, or take one, such as ${value?.text.replaceAll('[*]', '[-1]') ?? '[-1]'}`;
	if (!Array.isArray(times) || times.length !== values.length)
		return `there are ${values.length} values${where} and ${Array.isArray(times) ? times.length : 'no'} times at ${time.text}`;
	return values.map((one: unknown, i) => ({ value: one, time: times[i] as unknown }));
}

/** What a document says, as points. @throws FeedError where it says nothing */
export function pointsIn(
	document: unknown,
	about: SourceAbout,
	places: Places,
	when: { readonly readTime: ReadTime; readonly nowMs: number },
): Readings {
	const found = readingsIn(document, places);
	if (typeof found === 'string') throw garbled(about.name, found);
	const readTime = places.time === null ? () => when.nowMs : when.readTime;
	return readingsOf(found, about.rule, readTime, when.nowMs);
}

/** A message of a subject or a topic: JSON, or a number by itself. @throws FeedError */
export function documentIn(payload: Uint8Array, name: string): unknown {
	const text = new TextDecoder().decode(payload).trim();
	try {
		return JSON.parse(text) as unknown;
	} catch {
		// Numbers as people write them, `+5` or `.5`, are no JSON.
		if (/^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(text)) return text;
		throw garbled(
			name,
			`it is neither JSON nor a number but begins with ${shown(text.slice(0, 60))}`,
		);
	}
}
