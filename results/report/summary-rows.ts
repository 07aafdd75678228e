import type { Summary } from './summary.ts';

/** One figure of a summary. */
export interface SummaryRow {
	/** Where it stands in the summary: `serving.ttftS.p50`, `batteries.battery.fullCycles`. */
	readonly metric: string;
	/** Null where there is no figure. */
	readonly value: number | string | null;
	/** `1` of counts and ratios; empty of words. */
	readonly unit: string;
}

/** Units by the ending of a name; the longest that fits counts. */
const ENDINGS: readonly (readonly [ending: string, unit: string])[] = [
	['TokensPerS', 'tokens/s'],
	['RequestsPerS', 'requests/s'],
	['GPerKwh', 'gCO2eq/kWh'],
	['UsdPerKwh', 'USD/kWh'],
	['Kwh', 'kWh'],
	['Wh', 'Wh'],
	['Hours', 'h'],
	['Percent', '%'],
	['Share', '%'],
	['Usd', 'USD'],
	['Soc', '%'],
	['Intensity', 'gCO2eq/kWh'],
	['S', 's'],
	['G', 'gCO2eq'],
	['W', 'W'],
	['TokenJ', 'J'],
];

/** Names that say nothing of their unit. */
const NAMED: Readonly<Record<string, string>> = {
	requestsPerS: 'requests/s',
	totalTokens: 'tokens',
	tokensCut: 'tokens',
	kwh: 'kWh',
	selfSufficiency: '%',
	selfConsumption: '%',
	reduction: '%',
	reached: '%',
	hoursBelowHalf: 'h',
	hoursAbove80: 'h',
};

/** All figures of a summary in its order, one by one, with units. */
export function summaryRows(summary: Summary): SummaryRow[] {
	return rowsOf('', summary, '1');
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

/** `unit` is that of what holds the value, for the parts of a distribution. */
function rowsOf(path: string, value: unknown, unit: string): SummaryRow[] {
	if (typeof value === 'number')
		return [{ metric: path, value: Number.isFinite(value) ? value : null, unit }];
	if (typeof value === 'string') return [{ metric: path, value, unit: '' }];
	if (value === null || typeof value !== 'object') return [];
	if (Array.isArray(value))
		return value.flatMap((one, i) =>
			rowsOf(`${path}.${nameOf(one) ?? i}`, one, goalUnit(one) ?? unit),
		);
	return Object.entries(value).flatMap(([name, part]) =>
		// The name of a battery is in the path already.
		Object.is(part, nameOf(value))
			? []
			: rowsOf(path === '' ? name : `${path}.${name}`, part, unitOf(name) ?? unit),
	);
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

function unitOf(name: string): string | null {
	return NAMED[name] ?? ENDINGS.find(([ending]) => name.endsWith(ending))?.[1] ?? null;
}

function csvCell(text: string): string {
	return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
