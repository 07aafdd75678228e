/** One curve of a chart. */
export interface CurveSpec {
	/** Its series; one that ends in `:` stands for all that begin so. */
	readonly key: string;
	readonly label: string;
	/** A name of tokens.css. */
	readonly color: string;
	readonly isDashed?: boolean;
}

/** What a chart shows. */
export interface ChartSpec {
	readonly id: string;
	readonly title: string;
	readonly unit: string;
	readonly curves: readonly CurveSpec[];
	readonly range?: readonly [number, number];
	readonly note?: string;
}

/** The charts of a site. */
export const SITE_CHARTS: readonly ChartSpec[] = [
	{
		...{ id: 'power', title: 'Power', unit: 'kW' },
		note: 'grid: export +, import −; battery: charging +',
		curves: [
			{ key: 'load', label: 'load', color: 'load' },
			{ key: 'solar', label: 'solar', color: 'solar' },
			{ key: 'wind', label: 'wind', color: 'wind' },
			{ key: 'generator', label: 'generators', color: 'generator' },
			{ key: 'other', label: 'others', color: 'c6' },
			{ key: 'grid', label: 'grid', color: 'grid', isDashed: true },
			{ key: 'battery', label: 'battery', color: 'battery', isDashed: true },
		],
	},
	{
		...{ id: 'soc', title: 'State of charge', unit: '%', range: [0, 100] },
		curves: [{ key: 'soc:', label: 'battery', color: 'battery' }],
	},
	{
		...{ id: 'carbon', title: 'Carbon intensity', unit: 'g/kWh' },
		curves: [
			{ key: 'carbon', label: 'carbon', color: 'carbon' },
			{ key: 'marginal', label: 'marginal', color: 'high', isDashed: true },
		],
	},
	{
		...{ id: 'latency', title: 'Latency', unit: 's' },
		note: 'while a run goes on of the last 128 requests of each replica, before of each stretch of time',
		curves: [
			{ key: 'ttftP50', label: 'first token, p50', color: 'ttft' },
			{ key: 'ttftP99', label: 'first token, p99', color: 'ttft', isDashed: true },
			{ key: 'e2eP99', label: 'whole request, p99', color: 'e2e' },
		],
	},
	{
		...{ id: 'requests', title: 'Requests in replicas', unit: '' },
		curves: [
			{ key: 'running', label: 'running', color: 'c1' },
			{ key: 'waiting', label: 'waiting', color: 'c2' },
		],
	},
	{
		...{ id: 'price', title: 'Price of imports', unit: 'USD/kWh' },
		curves: [{ key: 'price', label: 'price', color: 'c5' }],
	},
];
