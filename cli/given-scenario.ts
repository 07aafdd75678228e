import { ConfigError } from '../protocol/errors.ts';
import { type Resolved, resolveScenario } from '../run/resolve/scenario-file.ts';
import { dropDefaultCarbonCaps } from './default-caps.ts';
import { specialOverrides } from './special-flags.ts';

/** Flags of `gridbeat run` as they were given: what sets keys, and what is read with others. */
export interface GivenFlags {
	readonly overrides: ReadonlyMap<string, unknown>;
	readonly options: Readonly<Record<string, unknown>>;
}

/** A scenario, and what went of the default one because of a flag, to be said when the run begins; null: nothing. */
export interface Given extends Resolved {
	readonly leftOut: string | null;
}

/** The scenario of a file, or the default one, with flags laid over it. */
export function givenScenario(
	file: string | undefined,
	{ overrides: given, options }: GivenFlags,
): Given {
	// Keys within values are set later: no other case may see it.
	const overrides = new Map(structuredClone([...given]));
	placeByCoordinates(overrides);
	for (const [key, value] of specialOverrides(options)) overrides.set(key, value);
	const leftOut = file === undefined ? dropDefaultCarbonCaps(overrides) : null;
	return { ...resolveScenario(file ?? null, inOrder(overrides)), leftOut };
}

/** Coordinates make a place; `--location` is its name then. */
function placeByCoordinates(overrides: Map<string, unknown>): void {
	const given = ['latitude', 'longitude'].filter((key) => overrides.has(`location.${key}`));
	const some =
		given.length > 0 ||
		['timezone', 'altitudeM', 'gridZone'].some((key) => overrides.has(`location.${key}`));
	if (some && given.length < 2) {
		throw new ConfigError(
			'Cannot use coordinates (--timezone, --altitude and --grid-zone are some): give both --latitude and --longitude, ' +
				'such as --latitude 48.1 --longitude 11.6',
		);
	}
	const name = overrides.get('location');
	if (!some || name === undefined) return;
	overrides.delete('location');
	overrides.set('location.name', name);
}

/** Whole sections come before keys inside them, so that `--no-serving --replicas 2` is refused, not silent. */
function inOrder(overrides: ReadonlyMap<string, unknown>): Map<string, unknown> {
	return new Map([...overrides].sort(([a], [b]) => a.split('.').length - b.split('.').length));
}
