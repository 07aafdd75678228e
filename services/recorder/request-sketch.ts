import { DDSketch } from '@datadog/sketches-js';
import type { WireInput } from '../../kernel/actor/contract.ts';
import { REQUEST_DISTRIBUTIONS, REQUEST_QUANTILES } from '../../protocol/run-folder/requests.ts';
import { csvNumber, requestColumns } from './columns.ts';
import type { RecorderConfig } from './config.ts';

/** Relative error of a quantile against the order statistic at floor(q (count - 1)). */
const RELATIVE_ACCURACY = 0.001;
const QUANTILES = [
	['p50', 0.5],
	['p90', 0.9],
	['p95', 0.95],
	['p99', 0.99],
] as const;

/** Shares of the requests at which a distribution is written: quarters of a percent, and the tail. */
const SHARES = [...Array.from({ length: 400 }, (_, i) => i / 400), ...[0.999, 0.9999, 0.99999, 1]];

/** What is remembered of one metric, as plain data. */
export interface SavedSketch {
	readonly count: number;
	readonly sum: number;
	readonly min: number;
	readonly max: number;
	/** Values that stand for the sketch's bins, and how many are in each. */
	readonly values: readonly number[];
	readonly weights: readonly number[];
}

/** One metric of all completed requests, in memory that does not grow with them. */
class Metric {
	count = 0;
	sum = 0;
	min = Number.POSITIVE_INFINITY;
	max = Number.NEGATIVE_INFINITY;
	sketch: DDSketch;

	constructor(saved: SavedSketch | undefined) {
		this.sketch = new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY });
		if (saved === undefined) return;
		this.count = saved.count;
		this.sum = saved.sum;
		this.min = saved.min;
		this.max = saved.max;
		saved.values.forEach((value, i) => {
			this.sketch.accept(value, saved.weights[i] as number);
		});
	}

	/** NaN is no value. */
	add(value: number): void {
		if (Number.isNaN(value)) return;
		this.count++;
		this.sum += value;
		if (value < this.min) this.min = value;
		if (value > this.max) this.max = value;
		this.sketch.accept(value);
	}

	/** The sketch has an encoding of its own, which needs a library more; a value of each bin does as well. */
	save(): SavedSketch {
		const { count, sum, min, max, sketch } = this;
		const { mapping, store, negativeStore, zeroCount } = sketch;
		const values: number[] = zeroCount > 0 ? [0] : [];
		const weights: number[] = zeroCount > 0 ? [zeroCount] : [];
		for (const [bins, sign] of [
			[store, 1],
			[negativeStore, -1],
		] as const)
			for (let key = bins.minKey; bins.count > 0 && key <= bins.maxKey; key++) {
				const weight = bins.bins[key - bins.offset] ?? 0;
				if (weight === 0) continue;
				values.push(sign * mapping.value(key));
				weights.push(weight);
			}
		return { count, sum, min, max, values, weights };
	}

	at(quantile: number): number {
		if (this.count === 0) return Number.NaN;
		if (quantile === 0) return this.min;
		if (quantile === 1) return this.max;
		return Math.min(this.max, Math.max(this.min, this.sketch.getValueAtQuantile(quantile)));
	}
}

/** A column of numbers, and the field of the port `requests` that it comes from. */
export interface SketchedColumn {
	readonly name: string;
	readonly field: number;
}

/** The columns of which quantiles mean something. */
export function sketchedColumns(requests: RecorderConfig['requests']): SketchedColumn[] {
	return requestColumns(requests).filter(
		({ name }) => name !== 'Request Id' && name !== 'arrived_at',
	);
}

/** The sketches of a run that keeps no row of each request; null for one that does. */
export function sketchesOf({ extras, requests, replicas }: RecorderConfig): RequestSketches | null {
	if (extras?.requests !== 'sketch' || replicas.length === 0) return null;
	return new RequestSketches(sketchedColumns(requests));
}

/** Quantile sketches (DDSketch) of the columns of the port `requests`. */
export class RequestSketches {
	readonly #columns: readonly SketchedColumn[];
	#metrics: Metric[] = [];
	/** What was saved last, to know a state that is not the own one. */
	#saved: readonly SavedSketch[] | null = null;

	constructor(columns: readonly SketchedColumn[]) {
		this.#columns = columns;
	}

	/** Goes on from a state. */
	goTo(saved: readonly SavedSketch[]): void {
		if (saved === this.#saved) return;
		this.#saved = saved;
		this.#metrics = this.#columns.map((_, i) => new Metric(saved[i]));
	}

	add(wire: WireInput): void {
		for (let i = 0; i < this.#columns.length; i++)
			this.#metrics[i]?.add(wire.value(this.#columns[i]?.field ?? 0));
	}

	/** The state as it is now. */
	save(): readonly SavedSketch[] {
		this.#saved = this.#metrics.map((metric) => metric.save());
		return this.#saved;
	}

	/** The content of request_quantiles.csv. */
	text(): string {
		const header = REQUEST_QUANTILES.header(
			...(['metric', 'count', 'mean', 'min'] as const),
			...QUANTILES.map(([name]) => name),
			'max',
		);
		const rows = this.#columns.map(({ name }, i) => {
			const metric = this.#metrics[i] as Metric;
			const { count, sum, min, max } = metric;
			const quantiles = QUANTILES.map(([, quantile]) => metric.at(quantile));
			return [name, ...[count, sum / count, min, ...quantiles, max].map(csvNumber)];
		});
		return `${[header, ...rows.map((cells) => cells.join(','))].join('\n')}\n`;
	}

	/** The content of request_distributions.csv: of each metric the values below which the shares of all lie. */
	distributions(): string {
		const lines = this.#columns.flatMap(({ name }, i) => {
			const metric = this.#metrics[i] as Metric;
			if (metric.count === 0) return [];
			return SHARES.map((share) => `${name},${csvNumber(share)},${csvNumber(metric.at(share))}`);
		});
		return `${[REQUEST_DISTRIBUTIONS.header('metric', 'share', 'value'), ...lines].join('\n')}\n`;
	}
}
