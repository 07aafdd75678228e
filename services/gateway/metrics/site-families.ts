import { booksColumns } from '../monitor/columns.ts';
import type { SiteSums } from '../monitor/state.ts';
import {
	type Family,
	known,
	type Labels,
	type MeteredRun,
	type Sample,
	sitesOf,
} from './family.ts';

/** What there is only here: the microgrids of runs, in the base units that Prometheus asks for (joules, grams, seconds). */
export function siteFamilies(runs: readonly MeteredRun[]): Family[] {
	const sites = runs.flatMap(sitesOf).map((one) => seen(one));
	return [...flows(sites), ...signals(sites), ...batteries(sites), ...sums(sites)];
}

type Seen = ReturnType<typeof seen>;

function seen({ run, site, state }: ReturnType<typeof sitesOf>[number]) {
	const columns = booksColumns(site);
	const labels: Labels = { run, site: site.name };
	const at = (column: number | undefined) => state.books[column ?? -1] ?? Number.NaN;
	return { site, state, columns, labels, at };
}

function gauge(
	sites: readonly Seen[],
	name: string,
	help: string,
	samplesOf: (one: Seen) => readonly Sample[],
): Family {
	return {
		...{ name: `gridbeat_${name}`, type: 'gauge', help },
		samples: known(sites.flatMap(samplesOf)),
	};
}

function counter(
	sites: readonly Seen[],
	name: string,
	help: string,
	samplesOf: (one: Seen) => readonly Sample[],
): Family {
	return { ...gauge(sites, `${name}_total`, help, samplesOf), type: 'counter' } as Family;
}

/** A value of a column for each site. */
function ofColumn(
	column: 'grid' | 'curtailed' | 'unserved' | 'connected' | 'cap' | 'carbon' | 'marginal' | 'price',
) {
	return ({ labels, at, columns }: Seen): Sample[] => [{ labels, value: at(columns[column]) }];
}

function flows(sites: readonly Seen[]): Family[] {
	return [
		gauge(
			sites,
			'grid_power_watts',
			'Power exchanged with the grid, export +, import -.',
			ofColumn('grid'),
		),
		gauge(sites, 'curtailed_power_watts', 'Surplus that went nowhere.', ofColumn('curtailed')),
		gauge(sites, 'unserved_power_watts', 'Load that was not served.', ofColumn('unserved')),
		gauge(sites, 'grid_connected', 'Whether the grid is there, 1 or 0.', ofColumn('connected')),
		gauge(
			sites,
			'gpu_power_cap_watts',
			'Cap for each GPU that the policy has decided, from the next step on; no sample: none.',
			ofColumn('cap'),
		),
		gauge(
			sites,
			'actor_power_watts',
			'Power of a member or generator, production +, consumption -.',
			({ site, labels, at, columns }) => [
				...site.members.map(({ name, kind }, m) => ({
					labels: { ...labels, actor: name, kind },
					value: at(columns.members[m]),
				})),
				...site.generators.map((name, g) => ({
					labels: { ...labels, actor: name, kind: 'generator' },
					value: at(columns.generators[g]),
				})),
			],
		),
	];
}

function signals(sites: readonly Seen[]): Family[] {
	const name = 'grid_carbon_intensity_grams_per_kilowatthour';
	return [
		gauge(sites, name, 'Carbon intensity of the grid.', ofColumn('carbon')),
		gauge(
			sites,
			'grid_marginal_carbon_intensity_grams_per_kilowatthour',
			'Marginal carbon intensity of the grid, where it is beside an average one.',
			ofColumn('marginal'),
		),
		gauge(sites, 'grid_price_usd_per_kilowatthour', 'Price of imports.', ofColumn('price')),
	];
}

function batteries(sites: readonly Seen[]): Family[] {
	const each = (read: (one: Seen, b: number) => number) => (one: Seen) =>
		one.site.batteries.map(({ name }, b) => ({
			labels: { ...one.labels, battery: name },
			value: read(one, b),
		}));
	const of = ({ at, columns }: Seen, b: number, key: 'soc' | 'level' | 'power') =>
		at(columns.batteries[b]?.[key]);
	return [
		gauge(
			sites,
			'battery_state_of_charge_ratio',
			'State of charge at the start of the step, 0 to 1.',
			each((one, b) => of(one, b, 'soc')),
		),
		gauge(
			sites,
			'battery_stored_joules',
			'Energy stored at the start of the step.',
			each((one, b) => of(one, b, 'level') * J_PER_WH),
		),
		gauge(
			sites,
			'battery_capacity_joules',
			'Energy stored when it is full.',
			each(({ site }, b) => (site.batteries[b]?.capacityWh ?? Number.NaN) * J_PER_WH),
		),
		gauge(
			sites,
			'battery_power_watts',
			'Power of the battery, charging +, discharging -.',
			each((one, b) => of(one, b, 'power')),
		),
		counter(
			sites,
			'battery_charged_joules',
			'Energy that it was charged with.',
			each(({ state }, b) => state.sums.chargedJ[b] ?? Number.NaN),
		),
		counter(
			sites,
			'battery_discharged_joules',
			'Energy that it gave.',
			each(({ state }, b) => state.sums.dischargedJ[b] ?? Number.NaN),
		),
	];
}

const J_PER_WH = 3600;

type SumName = {
	[Key in keyof SiteSums]: SiteSums[Key] extends number ? Key : never;
}[keyof SiteSums];

function sums(sites: readonly Seen[]): Family[] {
	const ofSum =
		(name: SumName) =>
		({ labels, state }: Seen) => [{ labels, value: state.sums[name] }];
	const has = (column: 'carbon' | 'marginal' | 'price' | 'unserved') =>
		sites.filter(({ columns }) => columns[column] !== -1);
	const ofMembers =
		(which: 'producedJ' | 'consumedJ') =>
		({ site, labels, state }: Seen) =>
			site.members.map(({ name, kind }, m) => ({
				labels: { ...labels, actor: name, kind },
				value: state.sums[which][m] ?? Number.NaN,
			}));
	return [
		counter(sites, 'import_joules', 'Energy from the grid.', ofSum('importJ')),
		counter(sites, 'export_joules', 'Energy to the grid.', ofSum('exportJ')),
		counter(sites, 'curtailed_joules', 'Surplus that went nowhere.', ofSum('curtailedJ')),
		counter(has('unserved'), 'unserved_joules', 'Load that was not served.', ofSum('unservedJ')),
		counter(
			has('carbon'),
			'import_emissions_grams',
			'CO2eq of imports, at the carbon intensity of each step.',
			ofSum('emissionsG'),
		),
		counter(
			has('marginal'),
			'import_marginal_emissions_grams',
			'CO2eq of imports, at the marginal carbon intensity of each step.',
			ofSum('marginalG'),
		),
		counter(
			has('price'),
			'import_cost_usd',
			'Cost of imports, at the price of each step.',
			ofSum('costUsd'),
		),
		counter(sites, 'actor_produced_joules', 'Energy that a member made.', ofMembers('producedJ')),
		counter(sites, 'actor_consumed_joules', 'Energy that a member used.', ofMembers('consumedJ')),
		counter(
			sites,
			'generator_produced_joules',
			'Energy that a generator made.',
			({ site, labels, state }) =>
				site.generators.map((name, g) => ({
					labels: { ...labels, generator: name },
					value: state.sums.generatedJ[g] ?? Number.NaN,
				})),
		),
	];
}
