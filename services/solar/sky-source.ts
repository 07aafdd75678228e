import type { Irradiance } from '../../feeds/sky/irradiance.ts';
import type { ClearSky } from '../../feeds/sky/site-sky.ts';
import type { Note } from '../../protocol/remark.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { FollowedSeries, HeardSeries } from '../following.ts';
import type { Air } from './pv-system.ts';

/** What was heard of feeds; null of any other sky, which follows from the configuration and the seed. */
export type SolarState = HeardSeries | null;

/** A part of a step, short enough that the sun may be taken to stand still in it. */
export interface SkyPart {
	readonly fromUs: SimTime;
	readonly untilUs: SimTime;
	/** Its middle, milliseconds since 1970, UTC. */
	readonly middleMs: number;
	/** Sun and cloudless sky in its middle. */
	readonly sky: ClearSky;
}

/** What the sky delivers over a part of a step, on average; the wind at 10 m. */
export interface SkyReading {
	readonly light: Irradiance;
	readonly air: Air;
	/** Global irradiance over that of the cloudless sky. */
	readonly clearSkyIndex: number;
	/** AC power of the plant, W, where that is given and not to be computed; else null. */
	readonly powerW: number | null;
}

/** Where light, temperature and wind come from. */
export interface SkySource {
	/** Whether it gives the power itself, for whole steps, so that no step needs to be cut. */
	readonly givesPower: boolean;
	/** The feeds that it follows, whose answers are its state; left out: none, and it has no state. */
	readonly follows?: readonly FollowedSeries[];
	/** What there is to know of the file that it is of. */
	notes?(): readonly Note[];
	/** A function of the part alone: any part may be asked for at any time. */
	read(state: SolarState, part: SkyPart): SkyReading;
}
