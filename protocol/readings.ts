import * as z from 'zod';

/**
 * Readings are what actors send each other: rows of numbers, each row with a time. A port describes one
 * such series. Sign convention for every power: production +, consumption -.
 */

/** Units of reading fields. '1' is a dimensionless fraction or count. */
export const Unit = z.enum([
	'W',
	'Wh',
	'1',
	'%',
	's',
	's/token',
	'us',
	'g/kWh',
	'tokens',
	'requests',
	'W/m2',
	'degC',
	'm/s',
	'deg',
	'USD/kWh',
]);
export type Unit = z.infer<typeof Unit>;

/** One column of a port. */
export const Field = z.strictObject({ name: z.string().min(1), unit: Unit });
export type Field = z.infer<typeof Field>;

/**
 * Where each field of a row is. Whoever writes or reads a row by positions takes them from the list of its fields, so that
 * they are said once; in hot loops as constants of the module.
 */
export function positionsOf<const Name extends string>(
	fields: readonly (Name | { readonly name: Name })[],
): Readonly<Record<Name, number>> {
	const names = fields.map((field) => (typeof field === 'string' ? field : field.name));
	return Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, number>;
}

/** Names of actors, hosts and ports: they become parts of subjects and of file columns. */
export const Name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,199}$/, {
	error: 'a name starts with a letter and has only letters, digits, "_" and "-", 200 at most',
});
export type ActorName = string;
export type PortName = string;

/**
 * interval: a row's values hold from its time until the next row's (power, intensity, state of charge).
 * event: a row happens at its time and is seen once (a request arrives, a request completes).
 */
export const PortKind = z.enum(['interval', 'event']);
export type PortKind = z.infer<typeof PortKind>;

/** A named output or input of an actor. Wires join ports of the same kind and the same fields. */
export const PortSpec = z.strictObject({
	name: Name,
	kind: PortKind,
	fields: z.array(Field).min(1),
});
export type PortSpec = z.infer<typeof PortSpec>;

/** A wire joins an output port to an input port. Times on the consumer's side are later by `delayUs`. */
export const Wire = z.strictObject({
	from: z.strictObject({ actor: Name, port: Name }),
	to: z.strictObject({ actor: Name, port: Name }),
	delayUs: z.int().nonnegative(),
	/** Values that hold on [0, delayUs) for an interval port with a delay, Infinity allowed; else null. */
	initial: z.array(z.number().or(z.literal(Number.POSITIVE_INFINITY))).nullable(),
	/** Rows travel at once, with what is promised, not in blocks: somebody outside waits for what follows from them. */
	live: z.literal(true).exactOptional(),
});
export type Wire = z.infer<typeof Wire>;

/** `controller.setpoint-battery`, the way ports are written in messages. */
export function portPath(end: { actor: ActorName; port: PortName }): string {
	return `${end.actor}.${end.port}`;
}

/**
 * Orders names as people do: digits by value, so `replica-2` comes before `replica-10`. Independent of
 * the locale, because the order of actors decides the order of simultaneous readings.
 */
export function compareNames(a: string, b: string): number {
	const partsA = a.match(/\d+|\D+/g) ?? [];
	const partsB = b.match(/\d+|\D+/g) ?? [];
	for (let i = 0; i < Math.min(partsA.length, partsB.length); i++) {
		const x = partsA[i] as string;
		const y = partsB[i] as string;
		const byValue = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : 0;
		if (byValue !== 0) return byValue;
		if (x !== y) return x < y ? -1 : 1;
	}
	return partsA.length - partsB.length;
}
