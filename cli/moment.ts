import type { RunProgress } from '../run/run-progress.ts';
import { DECLARED_KINDS } from '../services/declared-kinds.ts';

/**
 * The figures of the moment from every recorder of a run, as one line:
 * `load 0.52 kW  solar 1.90 kW  SoC 43 %  import 0.10 kW  305 gCO2/kWh  1234 requests`. Powers and requests of several sites
 * are added up; `SoC 43/80 %  305/40 gCO2/kWh` has theirs in the order of their names.
 */
export function describeMoment(figures: RunProgress['figures']): string {
	const sites = [...figures].sort(([a], [b]) => (a < b ? -1 : 1));
	const known = (key: string): number[] =>
		sites.flatMap(([, values]) => (typeof values[key] === 'number' ? [values[key]] : []));
	const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
	const kw = (watts: readonly number[]) => `${(Math.abs(sum(watts)) / 1000).toFixed(2)} kW`;
	const each = (values: readonly number[], scale = 1) =>
		values.map((value) => Math.round(value * scale)).join('/');
	const grid = known('gridW');
	const imports = grid.filter((watts) => watts < 0);
	// A site that neither imports nor exports is said to export nothing, unless another imports.
	const exports = grid.filter((watts) => watts > 0 || (watts === 0 && imports.length === 0));
	const requests = sum(known('requestsCompleted'));
	const parts: readonly (readonly [readonly number[], (values: readonly number[]) => string])[] = [
		[known('loadW'), (values) => `load ${kw(values)}`],
		...DECLARED_KINDS.map(
			({ kind, shown }) =>
				[
					known(`${kind}W`),
					(values: readonly number[]) => `${shown.adjective} ${kw(values)}`,
				] as const,
		),
		[known('soc'), (values) => `SoC ${each(values, 100)} %`],
		[imports, (values) => `import ${kw(values)}`],
		[exports, (values) => `export ${kw(values)}`],
		[known('carbonIntensityGPerKwh'), (values) => `${each(values)} gCO2/kWh`],
		[requests > 0 ? [requests] : [], ([count]) => `${count} requests`],
	];
	return parts.flatMap(([values, say]) => (values.length > 0 ? [say(values)] : [])).join('  ');
}
