import { booksColumns } from '../monitor/columns.ts';
import { type Family, known, type MeteredRun, type Sample, sitesOf } from './family.ts';

/** The gauges of Vessim's live API, under its names: what reads those of a Vessim run reads ours. */
export function vessimFamilies(runs: readonly MeteredRun[]): Family[] {
	const sites = runs.flatMap(sitesOf).map(({ run, site, state }) => ({
		...{ run, site, state, columns: booksColumns(site) },
		at: (column: number | undefined) => state.books[column ?? -1] ?? Number.NaN,
		labels: { microgrid: site.name, run },
	}));
	const gauge = (
		name: string,
		help: string,
		samplesOf: (one: (typeof sites)[number]) => readonly Sample[],
	): Family => ({
		...{ name: `vessim_${name}`, type: 'gauge', help },
		samples: known(sites.flatMap(samplesOf)),
	});
	return [
		gauge(
			'microgrid_p_delta',
			'Power of all members of the microgrid together in W, surplus +, deficit -.',
			({ labels, at, columns }) => [{ labels, value: at(columns.delta) }],
		),
		gauge(
			'microgrid_p_grid',
			'Power exchanged with the grid in W, export +, import -.',
			({ labels, at, columns }) => [{ labels, value: at(columns.grid) }],
		),
		gauge(
			'microgrid_p_actor',
			'Power of a member in W, production +, consumption -.',
			({ labels, at, columns, site }) =>
				site.members.map(({ name }, m) => ({
					labels: { ...labels, actor: name },
					value: at(columns.members[m]),
				})),
		),
		gauge(
			'dispatchable_soc',
			'State of charge of a battery, 0 to 1.',
			({ labels, at, columns, site }) =>
				site.batteries.map(({ name }, b) => ({
					labels: { ...labels, dispatchable: name },
					value: at(columns.batteries[b]?.soc),
				})),
		),
		gauge('dispatchable_capacity_wh', 'Capacity of a battery in Wh.', ({ labels, site }) =>
			site.batteries.map(({ name, capacityWh }) => ({
				labels: { ...labels, dispatchable: name },
				value: capacityWh,
			})),
		),
		{
			name: 'vessim_data_points_total',
			type: 'counter',
			help: 'Steps that were booked.',
			samples: sites.map(({ labels, state }) => ({ labels, value: state.steps })),
		},
	];
}
