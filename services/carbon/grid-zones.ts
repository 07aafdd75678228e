import * as z from 'zod';
import { DayProfile, type PriceProfile } from '../../feeds/grid/grid-values.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { knownText, nearestName, plainName } from '../../protocol/nearest-name.ts';
import { IntensityKind } from '../../protocol/signals.ts';
import { gridAverages, gridProfiles, type MeanDays } from './grid-tables.ts';
import { readGridTable } from './load.ts';

const Constant = z.strictObject({
	type: z.literal('constant'),
	kind: IntensityKind,
	valueGPerKwh: z.number().nonnegative(),
});
const Profile = z.strictObject({
	type: z.literal('profile'),
	kind: IntensityKind,
	...DayProfile.shape,
});

/** What we know of one grid's carbon intensity without asking anybody at run time. */
export const GridZone = z.strictObject({
	zone: z.string().min(1),
	name: z.string().min(1),
	/** Other names under which it is found: other peoples' ids, the cities we know. */
	aliases: z.array(z.string().min(1)),
	/** IANA name; a profile's hours are hours of it. */
	timezone: z.string().min(1),
	/** The `source` of a carbon actor, but for the `sampling` of a profile. */
	source: z.discriminatedUnion('type', [Constant, Profile]),
	/** fitted: from measurements, error given. cited: from the source named. approximate: see the source. */
	quality: z.enum(['fitted', 'cited', 'approximate']),
	/** Months (1 to 12) that were measured; null for annual averages. */
	measuredMonths: z.array(z.int().min(1).max(12)).nullable(),
	/** Root mean square of series minus profile, g/kWh; null where there is no series. */
	rmseGPerKwh: z.number().nonnegative().nullable(),
	/** Where the figures come from, for reports. */
	from: z.string().min(1),
	/** The grid of which it is a part: files of that one are of this one's place as well. */
	partOf: z.string().min(1).optional(),
	/** What whoever trusts a run's figures should know of them. */
	says: z.string().min(1).optional(),
});
export type GridZone = z.infer<typeof GridZone>;

/** The whole of weather-data/grid-carbon.json. */
const GridCarbon = z.strictObject({
	about: z.string().min(1),
	zones: z.array(GridZone).min(1),
});

/** The zones of weather-data/grid-carbon.json: of those in other tables as well, these hold. */
function ownZones(): readonly GridZone[] {
	return readGridTable('grid-carbon.json', GridCarbon).zones;
}

/**
 * Every zone that is known: those with figures of their own, grids with a mean day of each month, states, and countries with an
 * annual average.
 *
 * @throws ConfigError when a table is missing or broken
 */
export function gridZones(): readonly GridZone[] {
	const own = ownZones();
	const { carbon, years } = gridProfiles();
	const { countries, states, countriesFrom, statesFrom, stateYear } = gridAverages();
	const profiles = carbon.map((grid) => profileZone(grid, years));
	const known = new Set([...own, ...profiles].flatMap(({ zone, aliases }) => [zone, ...aliases]));
	const averages = [
		...countries.map((one) => ({ ...one, from: countriesFrom })),
		...states.map((one) => ({ ...one, aliases: [], year: stateYear, from: statesFrom })),
	].flatMap((one) => (known.has(one.zone) ? [] : averageZone(one)));
	return [...own, ...profiles, ...averages];
}

/** A grid with a mean day of each month as a zone. */
function profileZone(grid: MeanDays, years: readonly number[]): GridZone {
	const { zone, name, aliases, timezone, mean, deviation, rmse, note } = grid;
	const span = `${years[0]} to ${years.at(-1)}`;
	return {
		...{ zone, name, aliases, timezone },
		source: { type: 'profile', kind: 'average', ...monthly(grid) },
		quality: 'fitted',
		measuredMonths: null,
		rmseGPerKwh: rmse,
		from: `mean day of each month of ${span}, life-cycle; Electricity Maps by way of sustain-cluster, ODbL 1.0`,
		says:
			`mean days of each month of ${span}, not the hours of a year: those lie ${Math.round(rmse)} g/kWh about them ` +
			`(RMSE), and ${Math.round(deviation)} about their mean of ${Math.round(mean)}${note === null ? '' : `; ${note}`}`,
	};
}

/**
 * Mean days as a profile with a season a month.
 *
 * @param units how many of its unit are one of the profile's
 */
function monthly({ weekday, weekend, timezone }: MeanDays, units = 1) {
	const scaled = (hours: readonly number[]) => hours.map((value) => value / units);
	const seasons = weekday.map((hours, month) => ({
		months: [month + 1],
		weekday: scaled(hours),
		weekend: scaled(weekend[month] as number[]),
	}));
	const { weekday: first, weekend: firstWeekend } = seasons[0] as (typeof seasons)[0];
	return {
		...{ weekday: first, weekend: firstWeekend, seasons, timezone },
		monthlyFactor: new Array<number>(12).fill(1),
	};
}

/** A market of which there are mean prices. */
export interface Market {
	readonly zone: string;
	readonly name: string;
	/** The `source` of a price actor, USD/kWh, but for its `sampling`; its hours are those of `timezone`. */
	readonly source: PriceProfile & { readonly type: 'profile' };
	readonly timezone: string;
	/** Where the figures come from, for reports. */
	readonly from: string;
	/** What whoever trusts a run's figures should know of them. */
	readonly says: string;
}

/**
 * The market of that id, name or alias; as of zones.
 *
 * @throws ConfigError that lists the known ones
 */
export function findMarket(wanted: string): Market {
	const { prices, years } = gridProfiles();
	const market = named(prices, wanted);
	if (market === undefined)
		throw new ConfigError(
			`Cannot find market "${wanted}": ${knownText(
				wanted,
				prices.map(({ zone }) => zone),
			)}; use one of them, or give USD/kWh or a file`,
		);
	const { zone, name, timezone, mean, deviation, rmse, note } = market;
	const span = `${years[0]} to ${years.at(-1)}`;
	return {
		...{ zone, name, timezone },
		source: { type: 'profile', ...monthly(market, KWH_PER_MWH) },
		from: `wholesale prices of ${name}: mean day of each month of ${span}, by way of sustain-cluster`,
		says:
			`mean days of each month of ${span}, not the hours of a year: those lie ${Math.round(rmse)} USD/MWh about them ` +
			`(RMSE), and ${Math.round(deviation)} about their mean of ${Math.round(mean)}; wholesale, without grid fees and taxes` +
			`${note === null ? '' : `; ${note}`}`,
	};
}

/** Whether there are mean prices of a grid, by its id, name or alias. */
export function hasMarket(zone: string): boolean {
	return named(gridProfiles().prices, zone) !== undefined;
}

const KWH_PER_MWH = 1000;

interface AnnualAverage {
	readonly zone: string;
	readonly name: string;
	readonly aliases: readonly string[];
	readonly valueGPerKwh: number | null;
	readonly year: number | null;
	readonly from: string;
}

/** An annual average as a zone; none where the table has no figure. */
function averageZone({ zone, name, aliases, valueGPerKwh, year, from }: AnnualAverage): GridZone[] {
	if (valueGPerKwh === null) return [];
	return [
		{
			...{ zone, name, aliases: [...aliases], timezone: 'UTC' },
			source: { type: 'constant', kind: 'average', valueGPerKwh },
			quality: 'cited',
			...{ measuredMonths: null, rmseGPerKwh: null },
			from: `annual average of ${year}: ${from}`,
			says: `the average of ${name} in ${year} at all hours: none is cleaner than another`,
		},
	];
}

/**
 * The zone of that id, name or alias; upper and lower case, "-", "_" and spaces are the same.
 *
 * @throws ConfigError with zones that are spelt like it
 */
export function findGridZone(zone: string): GridZone {
	const own = named(ownZones(), zone);
	if (own !== undefined) return own;
	const zones = gridZones();
	const found = named(zones, zone);
	if (found !== undefined) return found;
	const nearest = nearestName(zone, zones.flatMap(namesOf));
	const hint = nearest === null ? '' : `did you mean "${nearest}"? `;
	throw new ConfigError(
		`Cannot find grid zone "${zone}": ${hint}known are ${knownZones(zones)}; use one of them or give a constant or a trace`,
	);
}

type Named = Pick<GridZone, 'zone' | 'name' | 'aliases'>;

/** Ids first: the name of a state may be that of a country, such as Georgia. */
function named<Z extends Named>(zones: readonly Z[], wanted: string): Z | undefined {
	const key = simplified(wanted);
	return (
		zones.find((one) => simplified(one.zone) === key) ??
		zones.find((one) => namesOf(one).some((name) => simplified(name) === key))
	);
}

function namesOf({ zone, name, aliases }: Named): string[] {
	return [zone, name, ...aliases];
}

/** Few enough to read. */
function knownZones(zones: readonly GridZone[]): string {
	const profiles = zones.filter(({ source }) => source.type === 'profile').map(({ zone }) => zone);
	return `${profiles.join(', ')}, countries such as IE or Ireland, and states such as US-CO`;
}

/**
 * One line on what the zone's figures are: also says when they are stretched.
 *
 * @param months those (1 to 12) that the run touches
 */
export function describeGridZone(zone: GridZone, months: readonly number[]): string {
	const { source, quality, measuredMonths, rmseGPerKwh, from } = zone;
	const error = rmseGPerKwh === null ? '' : `, RMSE ${rmseGPerKwh.toFixed(0)} g/kWh`;
	const foreign = months.filter((month) => measuredMonths?.includes(month) === false);
	const [noun, listed] = [foreign.length === 1 ? 'month' : 'months', foreign.join(', ')];
	const stretched =
		foreign.length === 0
			? ''
			: `, the shape of months ${(measuredMonths ?? []).join(' and ')} used for ${noun} ${listed}`;
	return `${zone.name}: ${source.kind}, ${quality}${error}${stretched} (${from})`;
}

function simplified(name: string): string {
	return plainName(name).replaceAll(' ', '-');
}
