/** Arrays of numbers that a state may hold. */
type NumberArray = Float64Array | Int32Array | Uint32Array | Uint8Array;
const NUMBER_ARRAYS = [Float64Array, Int32Array, Uint32Array, Uint8Array] as const;

/**
 * `T` if it is plain data all the way down, and otherwise a type to which `T` cannot be assigned: null, booleans,
 * numbers, texts, arrays, arrays of numbers, and records of such. No functions, no instances of classes, nothing that
 * is absent (`undefined`).
 */
export type Plain<T> = unknown extends T
	? T
	: T extends null | boolean | number | string | NumberArray
		? T
		: T extends readonly unknown[]
			? { [Index in keyof T]: Plain<T[Index]> }
			: T extends Container
				? never
				: T extends object
					? { [Key in keyof T]: Plain<T[Key]> }
					: never;

/** Objects that are no records. */
type Container =
	| ((...args: never[]) => unknown)
	| ReadonlyMap<unknown, unknown>
	| ReadonlySet<unknown>
	| PromiseLike<unknown>
	| ArrayBufferLike
	| ArrayBufferView
	| Date
	| RegExp;

/** What is not plain in a value: its path in it, and what it is; null: nothing. */
export function firstUnplain(value: unknown, path = 'state'): string | null {
	if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) return null;
	if (typeof value !== 'object') return `${path} is ${describe(value)}`;
	if (isNumberArray(value)) return null;
	if (Array.isArray(value)) {
		for (let i = 0; i < value.length; i++) {
			const found =
				i in value ? firstUnplain(value[i], `${path}[${i}]`) : `${path}[${i}] is a hole`;
			if (found !== null) return found;
		}
		return null;
	}
	if (Object.getPrototypeOf(value) !== Object.prototype) return `${path} is ${describe(value)}`;
	for (const key of Reflect.ownKeys(value)) {
		const { get, value: inner } = Reflect.getOwnPropertyDescriptor(value, key) ?? {};
		if (typeof key === 'symbol' || get !== undefined)
			return `${path}.${String(key)} is ${typeof key === 'symbol' ? 'named by a symbol' : 'computed when it is read'}`;
		const found = firstUnplain(inner, `${path}.${key}`);
		if (found !== null) return found;
	}
	return null;
}

function describe(value: unknown): string {
	if (typeof value !== 'object' || value === null) return `of type ${typeof value}`;
	return `an instance of ${String(value.constructor?.name ?? 'no class')}`;
}

function isNumberArray(value: object): value is NumberArray {
	return NUMBER_ARRAYS.some((type) => value instanceof type);
}

/**
 * A copy of plain data in which no two places share an object, as one that went through bytes. `structuredClone` keeps
 * what is shared.
 */
export function unsharedCopy<T>(value: T): T {
	if (typeof value !== 'object' || value === null) return value;
	if (isNumberArray(value)) return value.slice() as T;
	if (Array.isArray(value)) return value.map((each) => unsharedCopy(each)) as T;
	const entries = Object.entries(value).map(([key, each]) => [key, unsharedCopy(each)]);
	return Object.fromEntries(entries) as T;
}
