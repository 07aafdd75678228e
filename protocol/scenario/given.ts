import * as z from 'zod';

/**
 * How the configuration of an actor has keys of a scenario: the same values may stand there, but nothing is left out. A
 * bound, a name or an enumeration is so said once, in the scenario's schema.
 */

type Given<Key> =
	Key extends z.ZodDefault<infer Inner>
		? Inner
		: Key extends z.ZodPrefault<infer Inner>
			? Inner
			: Key;
type GivenShape<Shape> = { [Key in keyof Shape]: Given<Shape[Key]> };
type StrictObject<Shape> = Shape extends z.core.$ZodShape
	? z.ZodObject<Shape, z.core.$strict>
	: never;

/** The keys without their defaults. Those within a key that is an object keep theirs. */
export function given<Shape extends z.core.$ZodShape>(shape: Shape): GivenShape<Shape> {
	const keys = Object.entries(shape).map(([key, schema]) => [
		key,
		schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault ? schema.unwrap() : schema,
	]);
	return Object.fromEntries(keys) as GivenShape<Shape>;
}

/** The members of a union, each without the defaults of its keys; what several keys must keep to is not taken along. */
export function givenMembers<
	Members extends readonly [z.ZodObject<z.core.$ZodShape>, ...z.ZodObject<z.core.$ZodShape>[]],
>(
	members: Members,
): {
	[Index in keyof Members]: Members[Index] extends z.ZodObject<infer Shape>
		? StrictObject<GivenShape<Shape>>
		: never;
} {
	return members.map((member) => z.strictObject(given(member.shape))) as never;
}
