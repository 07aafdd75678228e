import { basename } from 'node:path';
import type { Inspection } from '../feeds/weather/inspect.ts';
import type { WeatherSeries } from '../feeds/weather/series.ts';
import type { Figure } from '../results/report/figure.ts';
import { formatSpan, withUnit } from '../results/report/format.ts';
import { escapeHtml, figureHtml, page, scrollHtml } from '../results/report/html.ts';
import { zoomHtml } from '../results/report/page-parts.ts';
import { overTime } from '../results/report/time-levels.ts';
import { factsOf, monthsOf, rangesOf, type ShownTable } from './weather-text.ts';

const DAY_S = 86_400;

/** A page of its own: the facts of the inspection and drawings of days, irradiance, air and wind. */
export function inspectionHtml(inspection: Inspection, series: WeatherSeries): string {
	const figures = [dailyFigure(inspection), ...seriesFigures(series)].filter(
		({ data }) => (data[0]?.length ?? 0) > 0,
	);
	const { notes, sun } = inspection;
	const warning = sun?.isOff ? [`WARNING: ${sun.text}`] : [];
	const remarks = [...warning, ...notes].map(escapeHtml);
	return page({
		// Without the folders on the way to it, which are long and no name.
		title: `Weather in ${basename(inspection.file)}`,
		answer: inspectionAnswer(inspection),
		head: `<p class="lead">${escapeHtml(inspection.file)}</p>
${remarks.length === 0 ? '' : `<p class="banner" role="status">${remarks.join('<br>')}</p>`}`,
		body: `<noscript><p class="banner">The figures need JavaScript; the tables do not.</p></noscript>
${zoomHtml(figures)}
<section class="figures" aria-label="Figures">
${figures.map(figureHtml).join('\n')}
</section>
<section class="panel results"><h2>What it is</h2>
<table>${factsOf(inspection)
			.map(([what, fact]) => `<tr><th scope="row">${what}</th><td>${escapeHtml(fact)}</td></tr>`)
			.join('')}</table></section>
<section class="panel results"><h2>Between what it lies</h2>
${tableHtml('Between what it lies', rangesOf(inspection))}</section>
<section class="panel results"><h2>Months</h2>
${tableHtml('Months', monthsOf(inspection))}</section>`,
		figures,
		timezone: 'UTC',
	});
}

/** How much light a file has, over how long, and how that lies to the sun. */
function inspectionAnswer({ days, intervals, stepMinutes, gaps, sun }: Inspection): string {
	const spanS = intervals * stepMinutes * 60;
	const sum = (of: (day: (typeof days)[number]) => number | null) =>
		days.reduce((total, day) => total + (of(day) ?? 0), 0);
	const [ghi, pv] = [sum((day) => day.ghiKwhPerM2), sum((day) => day.pvKwhPerKw)];
	const light =
		ghi > 0
			? `${withUnit(ghi, 'kWh/m²')} of light`
			: pv > 0
				? `${withUnit(pv, 'kWh')} for each kW of peak power`
				: 'no light';
	const holes = gaps.length === 0 ? 'no gap' : `${gaps.length} gap${gaps.length === 1 ? '' : 's'}`;
	const toSun = sun === null ? '' : ` ${sun.text.charAt(0).toUpperCase()}${sun.text.slice(1)}.`;
	return `It has ${light} in ${formatSpan(spanS)}, by steps of ${formatSpan(stepMinutes * 60)} with ${holes}.${toSun}`;
}

function tableHtml(label: string, { head, rows }: ShownTable): string {
	const isNumber = (i: number) => rows.every((row) => /^[\d.−–-]*$/.test(row[i] ?? ''));
	const kind = (i: number) => (i > 0 && isNumber(i) ? ' class="number"' : '');
	const heads = head.map((name, i) => `<th scope="col"${kind(i)}>${escapeHtml(name)}</th>`);
	const lines = rows.map(
		([first = '', ...rest]) =>
			`<tr><th scope="row">${escapeHtml(first)}</th>${rest.map((cell, i) => `<td${kind(i + 1)}>${escapeHtml(cell)}</td>`).join('')}</tr>`,
	);
	return scrollHtml(
		label,
		`<table><thead><tr>${heads.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table>`,
	);
}

const COMMON = {
	x: 'time',
	logY: false,
	yRange: null,
	shades: [],
	marks: [],
	note: '',
} as const;

function dailyFigure({ days }: Inspection): Figure {
	const isPv = days.every(({ ghiKwhPerM2 }) => ghiKwhPerM2 === null);
	const unit = isPv ? 'kWh/kW' : 'kWh/m2';
	return {
		...COMMON,
		id: 'days',
		title: isPv ? 'Energy of each day' : 'Global irradiation of each day',
		yLabel: `${unit} a day`,
		unit,
		stepped: true,
		curves: [
			{ label: 'file', color: 'solar' },
			...(isPv ? [] : [{ label: 'cloudless sky', color: 'grid', dash: true }]),
		],
		data: [
			days.map(({ day }) => day * DAY_S),
			days.map((day) => (isPv ? day.pvKwhPerKw : day.ghiKwhPerM2)),
			...(isPv ? [] : [days.map(({ clearKwhPerM2 }) => clearKwhPerM2)]),
		],
	};
}

function seriesFigures({ columns, firstMs, stepMs, count }: WeatherSeries): Figure[] {
	const x = Float64Array.from({ length: count }, (_, i) => (firstMs + i * stepMs) / 1000);
	const figure = (id: string, title: string, unit: string, names: [string, string][]): Figure[] => {
		const present = names.flatMap(([name, color]) => {
			const values = columns[name as keyof typeof columns];
			return values === undefined ? [] : [{ name, color, values }];
		});
		if (present.length === 0) return [];
		const curves = { x, ys: present.map(({ values }) => values) };
		return [
			{
				...COMMON,
				id,
				title,
				yLabel: unit,
				unit,
				curves: present.map(({ name, color }) => ({ label: name, color })),
				...overTime(curves, { stepS: stepMs / 1000, timezone: 'UTC', stepped: false }),
			},
		];
	};
	return [
		...figure('irradiance', 'Irradiance', 'W/m2', [
			['ghi', 'solar'],
			['dni', 'load'],
			['dhi', 'grid'],
		]),
		...figure('pv', 'PV power', 'of peak', [['pv', 'solar']]),
		...figure('air', 'Air temperature', 'degC', [['airC', 'load']]),
		...figure('wind', 'Wind speed at 10 m', 'm/s', [['windMs', 'grid']]),
	];
}
