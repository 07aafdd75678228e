import * as z from 'zod';
import { DayProfile } from '../../feeds/grid/grid-values.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { nearestName } from '../../protocol/nearest-name.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { IntensityKind } from '../../protocol/signals.ts';
import { readGridCarbon } from './load.ts';

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
});
export type GridZone = z.infer<typeof GridZone>;

/** The whole of weather-data/grid-carbon.json. */
const GridCarbon = z.strictObject({
	about: z.string().min(1),
	zones: z.array(GridZone).min(1),
});

/** Every zone in the table. Throws a ConfigError when the file is missing or broken. */
export function gridZones(): readonly GridZone[] {
	const parsed = GridCarbon.safeParse(readGridCarbon(), PLAINLY);
	if (parsed.success) return parsed.data.zones;
	const issue = parsed.error.issues[0];
	throw new ConfigError(
		`Cannot use weather-data/grid-carbon.json: ${issue?.path.join('.')}: ${issue?.message}`,
	);
}

/**
 * The zone of that id, name or alias; upper and lower case, "-", "_" and spaces are the same.
 *
 * @throws ConfigError that lists the known zones
 */
export function findGridZone(zone: string): GridZone {
	const zones = gridZones();
	const wanted = simplified(zone);
	const found = zones.find((one) =>
		[one.zone, one.name, ...one.aliases].some((name) => simplified(name) === wanted),
	);
	if (found !== undefined) return found;
	const nearest = nearestName(
		zone,
		zones.flatMap((one) => [one.zone, one.name, ...one.aliases]),
	);
	const meant = nearest === null ? '' : `did you mean "${nearest}"? `;
	const known = zones.map((one) => one.zone).join(', ');
	throw new ConfigError(
		`Cannot find grid zone "${zone}": ${meant}known are ${known}; use one of them or give a constant or a trace`,
	);
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
	return name.toLowerCase().replace(/[\s_-]+/g, '-');
}
