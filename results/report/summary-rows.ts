import * as z from 'zod';
import { COUNT } from '../../protocol/run-folder/figures.ts';
import { Reported, type Summary } from '../../protocol/run-folder/summary.ts';

/** One figure of a summary. */
export interface SummaryRow {
	/** Where it stands in the summary: `serving.ttftS.p50`, `batteries.battery.fullCycles`. */
	readonly metric: string;
	/** Null where there is no figure. */
	readonly value: number | string | null;
	/** `1` of counts and ratios; empty of words. */
	readonly unit: string;
}

/** What is read of a JSON Schema. */
interface Node {
	readonly unit?: string;
	readonly properties?: Readonly<Record<string, Node>>;
	readonly additionalProperties?: Node | boolean;
	readonly items?: Node;
	readonly anyOf?: readonly Node[];
}

/** Of figures and of what holds several of one unit. */
const SCHEMA = z.toJSONSchema(Reported, { io: 'input', unrepresentable: 'any' }) as Node;

/** All figures of a summary in its order, one by one, with units. */
export function summaryRows(summary: Summary): SummaryRow[] {
	return rowsOf('', summary, { schema: SCHEMA, unit: COUNT });
}

/** The same as `metric,value,unit`; a cell without a value is empty. */
export function summaryCsv(summary: Summary): string {
	const rows = summaryRows(summary).map(({ metric, value, unit }) =>
		[metric, value ?? '', unit].map((cell) => csvCell(String(cell))).join(','),
	);
	return `${['metric,value,unit', ...rows].join('\n')}\n`;
}

/** The summary as programs read it, with the unit of each figure by its name. */
export function summaryJson(summary: Summary): Summary & { units: Record<string, string> } {
	const units = summaryRows(summary).filter(({ unit }) => unit !== '');
	return { ...summary, units: Object.fromEntries(units.map(({ metric, unit }) => [metric, unit])) };
}

/** `schema` is of the value, `unit` that of what holds it, for the parts of a distribution. */
function rowsOf(
	path: string,
	value: unknown,
	{ schema, unit }: { readonly schema: Node; readonly unit: string },
): SummaryRow[] {
	if (typeof value === 'number')
		return [{ metric: path, value: Number.isFinite(value) ? value : null, unit }];
	if (typeof value === 'string') return [{ metric: path, value, unit: '' }];
	if (value === null || typeof value !== 'object') return [];
	if (Array.isArray(value)) {
		const items = partOf(schema, null);
		return value.flatMap((one, i) =>
			rowsOf(`${path}.${nameOf(one) ?? i}`, one, { schema: items, unit: goalUnit(one) ?? unit }),
		);
	}
	return Object.entries(value).flatMap(([name, part]) => {
		// The name of a battery is in the path already.
		if (Object.is(part, nameOf(value))) return [];
		const own = partOf(schema, name);
		return rowsOf(path === '' ? name : `${path}.${name}`, part, {
			schema: own,
			unit: own.unit || unit,
		});
	});
}

/** The schema of a member, or of what a list has; one that says nothing where there is none. */
function partOf(schema: Node, name: string | null): Node {
	for (const { properties, additionalProperties, items } of [schema, ...(schema.anyOf ?? [])]) {
		const found = name === null ? items : (properties?.[name] ?? additionalProperties);
		if (typeof found === 'object') return found;
	}
	return {};
}

/** A comparison with the best dispatch is in the unit of what was to be least. */
function goalUnit(value: unknown): string | null {
	const { goal } = value as { goal?: unknown };
	if (goal === undefined) return null;
	return goal === 'cost' ? 'USD' : 'gCO2eq';
}

/** What distinguishes the members of a list. */
function nameOf(value: unknown): string | null {
	const { name, goal } = value as { name?: unknown; goal?: unknown };
	const found = name ?? goal;
	return typeof found === 'string' ? found : null;
}

/** A cell of CSV, quoted where it must be. */
export function csvCell(text: string): string {
	return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
