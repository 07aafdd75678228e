import { html, type TemplateResult } from 'lit-html';
import type { ChartSpec } from './chart-spec.ts';
import { LiveChart, type Shown, type TimeAxis } from './charts.ts';
import type { Series } from './series-store.ts';

/** Several charts over the same time, each in its place in the page. */
export class ChartGrid {
	private readonly specs: readonly ChartSpec[];
	private readonly prefix: string;
	private readonly choose: (shown: Shown) => void;
	private charts = new Map<string, LiveChart>();
	private axisText = '';

	/** @param prefix of the ids of places, since a page may have several grids */
	constructor(specs: readonly ChartSpec[], prefix: string, choose: (shown: Shown) => void) {
		this.specs = specs;
		this.prefix = prefix;
		this.choose = choose;
	}

	/** The places of the charts that have something to show. */
	template(series: Series): TemplateResult {
		const specs = this.specsOf(series);
		// The first is twice as wide where rows of three would leave one place empty.
		return html`<div class="charts">${specs.map(
			(
				{ id, title, unit, note },
				i,
			) => html`<figure class=${i === 0 && specs.length % 3 === 2 ? 'double' : ''}>
				<figcaption><h3>${title}</h3> <span class="unit">${unit}</span></figcaption>
				<div class="plot" id="${this.prefix}-${id}"></div>
				${note === undefined ? '' : html`<p class="note">${note}</p>`}
			</figure>`,
		)}</div>`;
	}

	/** Draws into the places. */
	update(series: Series, shown: Shown, axis: TimeAxis): void {
		const text = JSON.stringify(axis);
		if (text !== this.axisText) this.close();
		this.axisText = text;
		for (const spec of this.specsOf(series)) {
			const holder = document.getElementById(`${this.prefix}-${spec.id}`);
			if (holder === null) continue;
			let chart = this.charts.get(spec.id);
			if (chart === undefined || !chart.isIn(holder)) {
				chart?.destroy();
				chart = new LiveChart(spec, holder, { axis, choose: this.choose });
				this.charts.set(spec.id, chart);
			}
			chart.fit();
			chart.update(series, shown);
		}
	}

	restyle(): void {
		for (const chart of this.charts.values()) chart.restyle();
	}

	close(): void {
		for (const chart of this.charts.values()) chart.destroy();
		this.charts = new Map();
	}

	private specsOf({ columns }: Series): readonly ChartSpec[] {
		const keys = [...columns].flatMap(([key, values]) =>
			values.some((value) => value !== null) ? [key] : [],
		);
		return this.specs.filter(({ curves }) =>
			curves.some(({ key: wanted }) =>
				keys.some((key) => (wanted.endsWith(':') ? key.startsWith(wanted) : key === wanted)),
			),
		);
	}
}
