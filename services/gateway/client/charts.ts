import uPlot from 'uplot';
import { tickLabels } from '../../../protocol/value-ticks.ts';
import type { ChartSpec, CurveSpec } from './chart-spec.ts';
import type { Series } from './series-store.ts';
import { Calendar, figure, span, tickOf } from './words.ts';

/** What the horizontal axis says. */
export interface TimeAxis {
	/** Milliseconds since 1970 at the start of the run; null: times are since the start. */
	readonly startEpochMs: number | null;
	readonly timezone: string;
}

/** The span that charts show, in seconds since the start of the run; null: all that there is. */
export type Shown = readonly [number, number] | null;

const HEIGHT = 190;

/** A chart that is fed while a run goes on. */
export class LiveChart {
	readonly spec: ChartSpec;
	private readonly holder: HTMLElement;
	private readonly axis: TimeAxis;
	private readonly calendar: Calendar;
	/** Is called with the span that the reader draws with the pointer. */
	private readonly choose: (shown: Shown) => void;
	private plot: uPlot | null = null;
	private keys = '';

	constructor(
		spec: ChartSpec,
		holder: HTMLElement,
		{ axis, choose }: { axis: TimeAxis; choose: (shown: Shown) => void },
	) {
		this.spec = spec;
		this.holder = holder;
		this.axis = axis;
		this.calendar = new Calendar(axis.timezone);
		this.choose = choose;
	}

	/** Shows what there is now. */
	update(series: Series, shown: Shown): void {
		const curves = this.curvesOf(series);
		const keys = curves.map(({ key }) => key).join('\n');
		if (this.plot === null || keys !== this.keys) this.build(curves, keys);
		const { plot } = this;
		if (plot === null) return;
		const columns = curves.map(({ key }) => [...(series.columns.get(key) ?? [])]);
		plot.setData([[...series.times], ...columns], false);
		const [first, last] = [series.times[0] ?? 0, series.times.at(-1) ?? 1];
		const [min, max] = shown ?? [first, last];
		plot.setScale('x', { min, max: max > min ? max : min + 1 });
		// Nobody points at anything: the legend says what is now.
		if ((plot.cursor.idx ?? null) === null && series.times.length > 0)
			plot.setLegend({ idx: series.times.length - 1 }, false);
	}

	/** Takes the colours and the width of the page as they are now. */
	restyle(): void {
		this.keys = '\0';
	}

	/** Takes the width of its place. */
	fit(): void {
		const width = this.holder.clientWidth;
		if (this.plot !== null && width > 0 && width !== this.plot.width)
			this.plot.setSize({ width, height: HEIGHT });
	}

	isIn(holder: HTMLElement): boolean {
		return holder === this.holder;
	}

	destroy(): void {
		this.plot?.destroy();
		this.plot = null;
	}

	private curvesOf({ columns }: Series): CurveSpec[] {
		const hasAny = (key: string) => columns.get(key)?.some((value) => value !== null) ?? false;
		return this.spec.curves.flatMap((curve) => {
			if (!curve.key.endsWith(':')) return hasAny(curve.key) ? [curve] : [];
			const all = [...columns.keys()].filter((key) => key.startsWith(curve.key));
			return all.slice(0, COLORS.length).map((key, i) => ({
				key,
				label: all.length === 1 ? curve.label : key.slice(curve.key.length),
				color: i === 0 ? curve.color : String(COLORS[i]),
			}));
		});
	}

	private build(curves: readonly CurveSpec[], keys: string): void {
		this.destroy();
		this.keys = keys;
		this.holder.replaceChildren();
		const ink = {
			stroke: () => color('soft'),
			grid: { stroke: () => color('edge'), width: 1 },
			ticks: { stroke: () => color('edge'), width: 1 },
			font: '12px system-ui, sans-serif',
		};
		const { unit, range } = this.spec;
		const options: uPlot.Options = {
			...{ width: Math.max(200, this.holder.clientWidth), height: HEIGHT },
			...{
				legend: { live: true },
				cursor: this.cursor(),
				scales: { x: { time: false, auto: false } },
			},
			axes: [
				{
					...ink,
					space: 80,
					size: 30,
					values: (_plot, ticks) => ticks.map((tick) => this.tick(tick)),
					incrs: INCREMENTS,
				},
				{
					...ink,
					size: (_plot, labels) =>
						Math.max(52, 16 + 7 * Math.max(0, ...(labels ?? []).map(({ length }) => length))),
					values: (_plot, ticks) => tickLabels(ticks),
				},
			],
			series: [
				{ label: 'at', value: (_plot, at) => (at === null ? '–' : this.moment(at)) },
				...curves.map(({ label, color: name, isDashed }) => ({
					label,
					stroke: () => color(name),
					...{ width: 1.6, points: { show: false }, spanGaps: true },
					...(isDashed ? { dash: [5, 4] } : {}),
					value: (_plot: uPlot, value: number | null) => `${figure(value)} ${unit}`,
				})),
			],
			hooks: { setSelect: [(plot) => this.selected(plot)] },
		};
		const y: uPlot.Scale = range === undefined ? { range: room } : { range: [...range] };
		options.scales = { ...options.scales, y };
		this.plot = new uPlot(options, [[], ...curves.map(() => [])], this.holder);
		const canvas = this.plot.root.querySelector('canvas');
		canvas?.setAttribute('role', 'img');
		canvas?.setAttribute('aria-label', `${this.spec.title} in ${unit} over time`);
	}

	private cursor(): uPlot.Cursor {
		return {
			drag: { x: true, y: false, setScale: false },
			y: false,
			sync: { key: 'gridbeat', scales: ['x', null] },
			bind: {
				dblclick: () => () => {
					this.choose(null);
					return null;
				},
			},
		};
	}

	private selected(plot: uPlot): void {
		const { left, width } = plot.select;
		if (width < 4) return;
		const span = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')] as const;
		plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
		this.choose(span);
	}

	private tick(at: number): string {
		return this.axis.startEpochMs === null ? span(at * 1e6) : tickOf(this.moment(at));
	}

	private moment(at: number): string {
		const { startEpochMs } = this.axis;
		return startEpochMs === null ? span(at * 1e6) : this.calendar.moment(startEpochMs + at * 1000);
	}
}

/** What a curve takes up, with a little room; of one that is zero all along, up to 1. */
const room: uPlot.Range.Function = (_plot, low, high) => {
	if (low === null || (low === 0 && high === 0)) return [0, 1];
	return uPlot.rangeNum(low, high, 0.1, true);
};

const COLORS = ['battery', 'c1', 'c2', 'c4', 'c5', 'c6', 'c7', 'c8'] as const;

const DAY_S = 86_400;
/** Ticks stand where clocks have round times. */
const INCREMENTS = [
	...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200],
	...[1, 2, 5, 10, 20, 50, 100, 200].map((days) => days * DAY_S),
];

/** A colour of the page as it is now, light or dark, by its name in tokens.css. */
function color(name: string): string {
	const probe = document.getElementById('probe') ?? document.createElement('i');
	probe.id = 'probe';
	probe.hidden = true;
	if (!probe.isConnected) document.body.append(probe);
	probe.style.color = `var(--${name})`;
	return getComputedStyle(probe).color;
}
