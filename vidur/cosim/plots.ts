import { DateTime } from 'luxon';
import { quantile } from '../../results/report/columns.ts';
import type { Figure } from '../../results/report/figure.ts';
import { formatNumber } from '../../results/report/format.ts';
import type { Run } from '../../results/report/run.ts';
import type { Steps } from '../../results/report/steps.ts';
import { figureSvg } from '../../results/report/svg.ts';
import { timeFigure } from '../../results/report/time-figure.ts';

/** The drawings of the original, by their names there but for the ending. */
export function cosimPlots(
	run: Run,
	thresholds: { readonly lowGPerKwh: number; readonly highGPerKwh: number } | null,
): ReadonlyMap<string, string> {
	const zone = run.metadata.gridbeat.timezone ?? 'UTC';
	const plots = new Map([['power_plot.svg', figureSvg(powerFigure(run.steps), zone)]]);
	if (run.steps.batteries.length > 0)
		plots.set('battery_combined_plots.svg', batteryPlots(run, zone));
	if (thresholds !== null && run.steps.carbon !== null)
		plots.set(
			'carbon_emissions_plot.svg',
			carbonPlots(run.steps, run.steps.carbon, thresholds, zone),
		);
	return plots;
}

function powerFigure(steps: Steps): Figure {
	return timeFigure(steps, [steps.productionW, steps.loadW.map((watts) => -watts), steps.gridW], {
		id: 'power_plot',
		title: 'Power Flow Analysis',
		yLabel: 'Power in W; grid: export +, import −',
		unit: 'W',
		curves: [
			{ label: 'Solar power', color: 'solar', fill: true },
			{ label: 'Power demand', color: 'load' },
			{ label: 'Grid power', color: 'grid' },
		],
		note: '',
	});
}

const WIDTH = 900;
const PANEL = 360;

/** One drawing below the other. */
function stacked(panels: readonly string[]): string {
	const placed = panels.map((panel, i) =>
		panel.replace('<svg ', `<svg y="${i * PANEL}" width="${WIDTH}" height="${PANEL}" `),
	);
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${panels.length * PANEL}">
${placed.join('')}</svg>
`;
}

function carbonPlots(
	steps: Steps,
	carbon: Float64Array,
	{ lowGPerKwh, highGPerKwh }: { readonly lowGPerKwh: number; readonly highGPerKwh: number },
	zone: string,
): string {
	const kwh = steps.stepS / 3.6e6;
	const sum = (of: (k: number) => number): Float64Array => {
		let total = 0;
		return carbon.map((gPerKwh, k) => {
			total += of(k) * gPerKwh * kwh;
			return total;
		});
	};
	const gross = sum((k) => steps.loadW[k] as number);
	const offset = sum((k) => steps.productionW[k] as number);
	const isKg = Math.max(gross.at(-1) ?? 0, offset.at(-1) ?? 0) >= 1000;
	const shown = (values: Float64Array) => (isKg ? values.map((grams) => grams / 1000) : values);
	const net = gross.map((grams, k) => grams - (offset[k] as number));
	const unit = isKg ? 'kg' : 'g';
	const cumulative = timeFigure(steps, [gross, offset, net].map(shown), {
		id: 'cumulative',
		title: 'Carbon Footprint Analysis',
		yLabel: `Cumulative CO₂eq in ${unit}, as Vidur-Energy counts`,
		unit,
		curves: [
			{ label: 'Total emissions', color: 'load' },
			{ label: 'Solar offset', color: 'battery' },
			{ label: 'Net footprint', color: 'carbon' },
		],
		note: '',
	});
	const intensity = timeFigure(steps, [carbon], {
		id: 'intensity',
		title: 'Carbon intensity of the grid',
		yLabel: 'g CO₂eq per kWh',
		unit: 'g/kWh',
		curves: [{ label: 'Carbon intensity', color: 'carbon' }],
		note: '',
	});
	const marks = [
		{ value: lowGPerKwh, label: `low carbon below ${lowGPerKwh} g/kWh` },
		{ value: highGPerKwh, label: `high carbon above ${highGPerKwh} g/kWh` },
	];
	return stacked([figureSvg(cumulative, zone), figureSvg({ ...intensity, marks }, zone)]);
}

function batteryPlots({ steps, metadata }: Run, zone: string): string {
	const soc = (steps.batteries[0]?.soc ?? new Float64Array()).map((level) => 100 * level);
	const known = Object.values(metadata.microgrids).flatMap((grid) => grid.dispatchables ?? []);
	const minSoc = 100 * (known[0]?.min_soc ?? 0);
	const overTime = timeFigure(steps, [soc], {
		id: 'soc',
		title: 'Battery Performance Overview',
		yLabel: 'State of charge in %',
		unit: '%',
		curves: [{ label: 'Battery', color: 'battery' }],
		note: '',
	});
	const marks = [{ value: minSoc, label: `least allowed ${formatNumber(minSoc)} %` }];
	return stacked([
		figureSvg({ ...overTime, yRange: [0, 100], marks }, zone),
		hoursPanel(byHour(soc, steps.startS, zone)),
		statesPanel(steps.batteries[0]?.storedWh ?? new Float64Array()),
	]);
}

/** Ascending values by local hour. */
function byHour(values: Float64Array, startS: Float64Array, zone: string): Float64Array[] {
	const hours: number[][] = Array.from({ length: 24 }, () => []);
	values.forEach((value, k) => {
		const { hour } = DateTime.fromSeconds(startS[k] as number, { zone });
		hours[hour]?.push(value);
	});
	return hours.map((list) => Float64Array.from(list).sort());
}

const BOX = { left: 70, right: WIDTH - 16, top: 52, bottom: PANEL - 50 };

/** Boxes from the lower to the upper quartile, their middle the median, whiskers to the extremes. */
function hoursPanel(hours: readonly Float64Array[]): string {
	const width = (BOX.right - BOX.left) / 24;
	const y = (percent: number) => px(BOX.bottom - (percent / 100) * (BOX.bottom - BOX.top));
	const boxes = hours.map((values, hour) => {
		const middle = px(BOX.left + (hour + 0.5) * width);
		const label = `<text x="${middle}" y="${BOX.bottom + 18}" text-anchor="middle" fill="#57606a">${hour}</text>`;
		if (values.length === 0) return label;
		const [least, low, median, high, most] = [0, 0.25, 0.5, 0.75, 1].map((level) =>
			y(quantile(values, level)),
		) as [number, number, number, number, number];
		const left = px(middle - 0.32 * width);
		const right = px(middle + 0.32 * width);
		return `${label}<path d="M${middle} ${least}V${most}M${left} ${median}H${right}" stroke="#1c2128"/><path d="M${left} ${low}H${right}V${high}H${left}Z" fill="#009e73" fill-opacity="0.45" stroke="#009e73"/><path d="M${left} ${median}H${right}" stroke="#1c2128" stroke-width="2"/>`;
	});
	const lines = [0, 25, 50, 75, 100].map(
		(percent) =>
			`<path d="M${BOX.left} ${y(percent)}H${BOX.right}" stroke="#d5dae0"/><text x="${BOX.left - 8}" y="${y(percent)}" dy="4" text-anchor="end" fill="#57606a">${percent}</text>`,
	);
	const axis = `<text x="${BOX.left}" y="${BOX.bottom + 36}" fill="#57606a">local hour; box: quartiles and median, line: least to most</text>`;
	return panel('State of charge in %, by hour of the day', [...lines, ...boxes, axis]);
}

/** Shares of the steps in which the stored energy rose, fell, and neither. */
function statesPanel(storedWh: Float64Array): string {
	let [charging, discharging] = [0, 0];
	for (let k = 1; k < storedWh.length; k++) {
		if ((storedWh[k] as number) > (storedWh[k - 1] as number)) charging++;
		else if ((storedWh[k] as number) < (storedWh[k - 1] as number)) discharging++;
	}
	const idle = storedWh.length - charging - discharging;
	const bars: [string, number, string][] = [
		['charging', charging, '#009e73'],
		['discharging', discharging, '#d55e00'],
		['idle', idle, '#8c959f'],
	];
	const drawn = bars.map(([label, count, color], i) => {
		const share = (100 * count) / storedWh.length;
		const top = BOX.top + 20 + i * 76;
		const width = px((share / 100) * (BOX.right - 190 - BOX.left - 90));
		const left = BOX.left + 40;
		return `<text x="${left - 8}" y="${top + 30}" text-anchor="end">${label}</text><rect x="${left}" y="${top}" width="${Math.max(width, 0.5)}" height="48" fill="${color}"/><text x="${left + width + 8}" y="${top + 30}">${share.toFixed(1)} %</text>`;
	});
	return panel('Share of the time', drawn);
}

function panel(title: string, parts: readonly string[]): string {
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${PANEL}" font-family="system-ui, sans-serif" font-size="12" fill="#1c2128">
<rect width="${WIDTH}" height="${PANEL}" fill="#fff"/>
<text x="${BOX.left}" y="26" font-size="15" font-weight="600">${title}</text>
${parts.join('\n')}
</svg>
`;
}

function px(value: number): number {
	return Math.round(value * 10) / 10;
}
