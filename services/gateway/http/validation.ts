import type { FastifySchemaCompiler } from 'fastify';
import * as z from 'zod';
import { PLAINLY } from '../../../protocol/plain-issue.ts';

/** A request whose body, query or path is not what its route takes. */
export class InvalidRequest extends Error {
	override readonly name = 'InvalidRequest';
	/** The part of the request it stands in, such as `body`; set by the server. */
	readonly validationContext?: string;
	/** Where in that part; empty: the part as a whole. */
	readonly at: string;

	constructor([first]: readonly z.core.$ZodIssue[]) {
		super(first?.message ?? 'it is wrong');
		this.at = (first?.path ?? []).map(String).join('.');
	}
}

/** Checks requests by the schemas of their routes, with complaints in words of people. */
export const checkRequest: FastifySchemaCompiler<z.ZodType> =
	({ schema }) =>
	(data: unknown) => {
		const parsed = z.safeParse(schema, data, PLAINLY);
		return parsed.success
			? { value: parsed.data }
			: { error: new InvalidRequest(parsed.error.issues) };
	};
