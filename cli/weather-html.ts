import type { Inspection } from '../feeds/weather/inspect.ts';
import type { WeatherSeries } from '../feeds/weather/series.ts';
import type { Figure } from '../results/report/figure.ts';
import { escapeHtml } from '../results/report/html.ts';
import { figureSvg } from '../results/report/svg.ts';
import { overTime } from '../results/report/time-levels.ts';
import { inspectionText } from './weather-text.ts';

const DAY_S = 86_400;

/** A page of its own: the facts of the inspection and drawings of days, irradiance, air and wind. */
export function inspectionHtml(inspection: Inspection, series: WeatherSeries): string {
	const figures = [dailyFigure(inspection), ...seriesFigures(series)].filter(
		({ data }) => (data[0]?.length ?? 0) > 0,
	);
	const title = `Weather in ${inspection.file}`;
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2128;background:#fff}pre{overflow-x:auto;font-size:.85rem;line-height:1.3}svg{width:100%;height:auto}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${figures.map((figure) => `<figure role="img" aria-label="${escapeHtml(figure.title)}">${figureSvg(figure, 'UTC')}</figure>`).join('\n')}
<h2>Figures</h2>
<pre>${escapeHtml(inspectionText(inspection))}</pre>
</main>
</body>
</html>
`;
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
