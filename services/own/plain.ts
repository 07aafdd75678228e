/** What structuredClone takes and gives back as it was, beside arrays and plain objects. */
const CLONED: readonly (abstract new (...args: never[]) => unknown)[] = [
	Map,
	Set,
	Date,
	ArrayBuffer,
];

/**
 * Where a state is no plain data, in words, such as `state.motor is a function`; null if it is. Plain are numbers,
 * texts, lists, objects without a class, maps, sets and typed arrays: what can be copied to another process and back.
 */
export function plainProblem(
	value: unknown,
	path = 'state',
	seen = new Set<object>(),
): string | null {
	if (typeof value === 'function' || typeof value === 'symbol')
		return `${path} is a ${typeof value}`;
	if (typeof value !== 'object' || value === null || seen.has(value)) return null;
	seen.add(value);
	if (ArrayBuffer.isView(value)) return null;
	const among = (entries: Iterable<readonly [unknown, unknown]>): string | null => {
		for (const [key, member] of entries) {
			const problem = plainProblem(member, `${path}.${String(key)}`, seen);
			if (problem !== null) return problem;
		}
		return null;
	};
	if (Array.isArray(value)) return among(value.entries());
	if (value instanceof Map) return among(value) ?? among([...value.keys()].entries());
	if (value instanceof Set) return among(value.entries());
	if (CLONED.some((type) => value instanceof type)) return null;
	const prototype: unknown = Object.getPrototypeOf(value);
	if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
		return `${path} is a ${value.constructor?.name ?? 'thing with a class'}`;
	return among(Object.entries(value));
}
