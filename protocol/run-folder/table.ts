import { ConfigError } from '../errors.ts';
import { type Field, Unit } from '../readings.ts';
import { csvText } from './csv-text.ts';

/**
 * How tables of a run folder are described. Each file and column is described once, in this folder, or for the table of
 * a kind of actor by that kind. Who writes or reads one takes its name, unit and meaning from there; a name that is not
 * described does not compile.
 */

/** What the number of a row is: so much is needed to add it up, to take its mean or to compare it. */
export const COLUMN_KINDS = {
	time: 'the time of the row',
	text: 'a name or a word',
	mean: 'the average over the step; times the length of the step it is the exact amount',
	start: 'at the start of the step',
	end: 'at the end of the step',
	sum: 'of the step, so that the rows add up to the run',
	total: 'since the start of the run, at the end of the step',
	held: 'the same over the whole step',
	each: 'of the thing that has the row: a request, a batch, a metric',
} as const;
export type ColumnKind = keyof typeof COLUMN_KINDS;

/** Units of columns: those of readings, and what only files have. `UTC` is an instant in ISO 8601. */
export type ColumnUnit = Unit | 'UTC' | 'Ws';

/** One column, or all columns whose names differ in a part: `<battery>` stands for a name. */
export interface ColumnSpec<Pattern extends string = string> {
	readonly name: Pattern;
	/** Null for texts, and where it is another in each row. */
	readonly unit: ColumnUnit | null;
	readonly kind: ColumnKind;
	/** One phrase, without full stop. */
	readonly text: string;
	/** When the column is there, after "if"; left out where it always is. */
	readonly when?: string;
	/** Whole numbers, stored as such where they fit. */
	readonly isCount?: true;
	/** Without it nobody reads the file: `Table.checkHeader`. */
	readonly isNeeded?: true;
	/** Names under which older folders, or Vessim's own, have it; never written. */
	readonly readAs?: readonly string[];
}

/** Names that a pattern stands for, as a type: `actor_states.${string}.power`. */
export type NameOf<Pattern extends string> =
	Pattern extends `${infer Before}<${string}>${infer After}`
		? `${Before}${string}${NameOf<After>}`
		: Pattern;

/** A described column that is fed by the field of a port. */
export type DescribedField<Pattern extends string> = Field & { readonly name: NameOf<Pattern> };

/** What a table says of itself. */
interface TableSpec<Columns extends readonly ColumnSpec[]> {
	readonly file: string;
	readonly columns: Columns;
}

/** Describes a table. */
export function table<const Columns extends readonly ColumnSpec[]>({
	file,
	columns,
}: TableSpec<Columns>): Table<Columns[number]['name']> {
	return new Table(file, columns as readonly ColumnSpec<Columns[number]['name']>[]);
}

/** A CSV file of a run folder and its columns, in the order of their description. */
export class Table<Pattern extends string = string> {
	readonly file: string;
	readonly columns: readonly ColumnSpec<Pattern>[];
	readonly #forms: ReadonlyMap<Pattern, readonly RegExp[]>;

	constructor(file: string, columns: readonly ColumnSpec<Pattern>[]) {
		this.file = file;
		this.columns = columns;
		this.#forms = new Map(
			columns.map(({ name, readAs = [] }) => [name, [name, ...readAs].map(formOf)]),
		);
	}

	/** The column of which `name` is one; null if it is not described. */
	describe(name: string): ColumnSpec<Pattern> | null {
		return this.columns.find((column) => this.partOf(column.name, name) !== null) ?? null;
	}

	/** What stands for `<…>` in a name of a column, '' where the column has no such part; null if it is another column. */
	partOf(pattern: Pattern, name: string): string | null {
		for (const form of this.#forms.get(pattern) ?? []) {
			const found = form.exec(name);
			if (found !== null) return found[1] ?? '';
		}
		return null;
	}

	/** A column as the field of a port, with the unit that is described. */
	field<One extends Pattern>(pattern: One, part = ''): DescribedField<One> {
		const unit = Unit.parse(this.columns.find(({ name }) => name === pattern)?.unit);
		return { name: pattern.replace(/<[^>]+>/, () => part) as NameOf<One>, unit };
	}

	/** Where a column stands in a first line that was read; -1 where it is not there. Its older names count too. */
	placeIn<One extends Pattern>(header: readonly string[], name: One): number {
		return header.findIndex((found) => this.partOf(name, found) !== null);
	}

	/**
	 * Whether a first line that was read has what the file cannot be read without.
	 *
	 * @throws ConfigError naming the first column that is missing
	 */
	checkHeader(header: readonly string[]): void {
		const missing = this.columns.find(
			({ name, isNeeded }) => isNeeded === true && this.placeIn(header, name) === -1,
		);
		if (missing !== undefined) throw new ConfigError(`it has no column "${missing.name}"`);
	}

	/** The first line of the file, without line break. */
	header(...names: readonly NameOf<Pattern>[]): string {
		return names.map(csvText).join(',');
	}

	/** @throws ConfigError for a name that is not described */
	checked(name: string): NameOf<Pattern> {
		if (this.describe(name) !== null) return name as NameOf<Pattern>;
		throw new ConfigError(`Cannot record "${name}": ${this.file} has no such column`);
	}
}

function formOf(pattern: string): RegExp {
	const parts = pattern.split(/<[^>]+>/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
	return new RegExp(`^${parts.join('(.+)')}$`);
}

type More = Omit<ColumnSpec, 'name' | 'unit' | 'kind' | 'text'>;

function columnOf(kind: ColumnKind) {
	return <const Name extends string>(
		name: Name,
		unit: ColumnUnit | null,
		text: string,
		more: More = {},
	): ColumnSpec<Name> => ({ name, unit, kind, text, ...more });
}

/** Describe a column of each kind but texts: name, unit, meaning. */
export const time = columnOf('time');
export const mean = columnOf('mean');
export const start = columnOf('start');
export const end = columnOf('end');
export const sum = columnOf('sum');
export const total = columnOf('total');
export const held = columnOf('held');
export const each = columnOf('each');

/** Describes a column of names or words. */
export function text<const Name extends string>(
	name: Name,
	meaning: string,
	more: More = {},
): ColumnSpec<Name> {
	return { name, unit: null, kind: 'text', text: meaning, ...more };
}
