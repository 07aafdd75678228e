import type { Figure } from '../report/figure.ts';
import { csvCell } from '../report/summary-rows.ts';

/** The numbers that a figure draws, as CSV: a row for each point, a column for each curve with its unit. */
export function numbersOf(figure: Figure): string {
	const { data, curves, unit, spans, names } = figure;
	const [xs, ...columns] = data;
	const cells: { name: string; at: (i: number) => string }[] = [
		{ name: acrossName(figure), at: (i) => acrossOf(figure, xs[i] as number) },
	];
	const add = (name: string, values: readonly (number | null)[] = []) => {
		const title = unit === '' || unit === '1' ? name : `${name} (${unit})`;
		cells.push({ name: title, at: (i) => String(values[i] ?? '') });
	};
	for (const [i, { label }] of curves.entries()) {
		if (names?.[i] !== undefined && i === 0)
			cells.push({ name: 'point', at: (k) => names[i]?.[k] ?? '' });
		add(spans === undefined ? label : `${label}, mean`, columns[i]);
		if (spans === undefined) continue;
		add(`${label}, least`, spans.lows[i]);
		add(`${label}, greatest`, spans.highs[i]);
	}
	// The end of the last span is no point of its own.
	const rows = Array.from(spans === undefined ? xs : xs.slice(0, -1), (_x, i) =>
		cells.map(({ at }) => csvCell(at(i))).join(','),
	);
	return `${[cells.map(({ name }) => csvCell(name)).join(','), ...rows].join('\n')}\n`;
}

function acrossName({ x, xAxis }: Figure): string {
	if (x === 'time') return 'time_utc';
	if (x === 'duration') return 'time (s)';
	const { label = 'x', unit = '' } = xAxis ?? {};
	return unit === '' || unit === '1' ? label : `${label} (${unit})`;
}

function acrossOf({ x, xAxis }: Figure, value: number): string {
	if (x === 'time') return new Date(value * 1000).toISOString();
	return xAxis?.categories?.[value] ?? String(value);
}
