import { protocolSchemas } from '../cli/protocol-schemas.ts';
import type { Prng } from '../kernel/actor/random.ts';

/** What JSON Schema has of messages, as far as it is used there. */
interface Schema {
	readonly $ref?: string;
	readonly anyOf?: readonly Schema[];
	readonly oneOf?: readonly Schema[];
	readonly const?: unknown;
	readonly enum?: readonly unknown[];
	readonly type?: string;
	readonly contentEncoding?: string;
	readonly pattern?: string;
	readonly minimum?: number;
	readonly items?: Schema;
	readonly minItems?: number;
	readonly properties?: Readonly<Record<string, Schema>>;
	readonly required?: readonly string[];
	readonly additionalProperties?: Schema | boolean;
}

const { $defs } = JSON.parse(protocolSchemas()) as { $defs: Readonly<Record<string, Schema>> };
const DEPTH_MAX = 6;

/** Draws messages that are right in form, of any kind, from the schemas of the protocol. */
export class RandomMessages {
	private readonly random: Prng;
	private readonly names: readonly string[];

	/** @param names of actors and hosts that there are */
	constructor(random: Prng, names: readonly string[]) {
		this.random = random;
		this.names = names;
	}

	of(kind: string): Record<string, unknown> {
		const schema = $defs[kind];
		if (schema === undefined) throw new Error(`no message "${kind}"`);
		return this.draw(schema, 0) as Record<string, unknown>;
	}

	private int(below: number): number {
		return Math.floor(this.random.uniform() * below);
	}

	private pick<T>(from: readonly T[]): T {
		return from[this.int(from.length)] as T;
	}

	private draw(schema: Schema, depth: number): unknown {
		const { $ref, anyOf, oneOf, type, properties } = schema;
		if ($ref !== undefined)
			return this.draw($defs[$ref.replace('#/$defs/', '')] as Schema, depth + 1);
		const choices = anyOf ?? oneOf;
		if (choices !== undefined) return this.draw(this.pick(choices), depth);
		if ('const' in schema) return schema.const;
		if (schema.enum !== undefined) return this.pick(schema.enum);
		if (type === 'string') return this.text(schema);
		if (type === 'boolean') return this.int(2) === 0;
		if (type === 'integer') return (schema.minimum ?? 0) + this.int(this.pick([2, 30, 1e9]));
		if (type === 'number') return (schema.minimum ?? 0) + 10 * this.random.uniform();
		if (type === 'array') {
			const length = depth > DEPTH_MAX ? 0 : (schema.minItems ?? 0) + this.int(3);
			return Array.from({ length }, () => this.draw(schema.items ?? {}, depth + 1));
		}
		if (properties === undefined) return null;
		const wanted = Object.entries(properties).filter(
			([name]) => schema.required?.includes(name) || this.int(2) === 0,
		);
		return Object.fromEntries(wanted.map(([name, one]) => [name, this.draw(one, depth + 1)]));
	}

	private text({ contentEncoding, pattern = '' }: Schema): unknown {
		if (contentEncoding !== undefined)
			return Uint8Array.from({ length: 16 * this.int(4) }, () => this.int(256));
		if (/\{64\}/.test(pattern)) return 'a1'.repeat(32);
		return this.pick([...this.names, 'stranger', `${this.int(3)}.${this.int(9)}.A`]);
	}
}
