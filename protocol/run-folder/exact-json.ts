const KEY = '$number';

const WORDS: Readonly<Record<string, number>> = {
	NaN: Number.NaN,
	Infinity: Number.POSITIVE_INFINITY,
	'-Infinity': Number.NEGATIVE_INFINITY,
	'-0': -0,
};

/** JSON that keeps the numbers that JSON has no words for: NaN, the infinities and -0. */
export function toExactJson(value: unknown): string {
	return JSON.stringify(value, (_key, one: unknown) => {
		if (typeof one !== 'number') return one;
		if (Object.is(one, -0)) return { [KEY]: '-0' };
		return Number.isFinite(one) ? one : { [KEY]: String(one) };
	});
}

/** What toExactJson() was given. @throws SyntaxError for what is no JSON */
export function fromExactJson(text: string): unknown {
	return JSON.parse(text, (_key, one: unknown) => {
		if (typeof one !== 'object' || one === null || !(KEY in one)) return one;
		return WORDS[String(one[KEY])] ?? one;
	});
}
