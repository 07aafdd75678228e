import type { ClearSkyModel } from '../../protocol/signals.ts';
import { dailyFromMonthly } from '../signal/monthly.ts';
import { absoluteAirMass, pressurePa, relativeAirMass } from './air-mass.ts';
import { haurwitzGhiWm2, ineichen } from './clear-sky.ts';
import { cloudyIrradiance } from './cloudy-sky.ts';
import { erbs } from './erbs.ts';
import { extraterrestrialWm2 } from './extraterrestrial.ts';
import { DARK, type Irradiance } from './irradiance.ts';
import { dayOfYear, refractionFactor, type SunPosition, sunPosition } from './sun-position.ts';

/** A place on the ground. */
export interface Site {
	/** Degrees, north +. */
	readonly latitude: number;
	/** Degrees, east +. */
	readonly longitude: number;
	readonly altitudeM: number;
	/** Ineichen and Perez' unless said. */
	readonly clearSky?: ClearSkyModel;
	/** Of the year, or of each month, January first. */
	readonly linkeTurbidity: number | readonly number[];
}

/** The cloudless sky at one instant. */
export interface ClearSky {
	readonly sun: SunPosition;
	/** Irradiance outside the atmosphere, W/m2. */
	readonly extraterrestrialWm2: number;
	readonly clear: Irradiance;
}

/** The cloudless sky over a site at an instant (milliseconds since 1970, UTC). */
export function clearSkyAt(epochMs: number, site: Site): ClearSky {
	const sun = sunAt(epochMs, site);
	const outsideWm2 = extraterrestrialWm2(dayOfYear(epochMs));
	if (sun.zenithDeg >= 90) return { sun, extraterrestrialWm2: outsideWm2, clear: DARK };
	const { linkeTurbidity } = site;
	return clearSkyOf(sun, outsideWm2, {
		...site,
		linkeTurbidity:
			typeof linkeTurbidity === 'number'
				? linkeTurbidity
				: dailyFromMonthly(linkeTurbidity, epochMs),
	});
}

/** The sun over a site, refracted by the air that lies above it. */
export function sunAt(epochMs: number, site: Site): SunPosition {
	const { latitude, longitude, altitudeM } = site;
	return sunPosition(epochMs, latitude, longitude, refractionFactor(altitudeM));
}

/** What the cloudless sky depends on, beside the sun, on a day. */
export type SkySite = Pick<Site, 'altitudeM' | 'clearSky'> & { readonly linkeTurbidity: number };

/** The cloudless sky for a given sun. */
export function clearSkyOf(sun: SunPosition, outsideWm2: number, site: SkySite): ClearSky {
	if (sun.zenithDeg >= 90) return { sun, extraterrestrialWm2: outsideWm2, clear: DARK };
	if (site.clearSky === 'haurwitz') {
		const { zenithDeg, trueZenithDeg = zenithDeg } = sun;
		const clear = erbs(haurwitzGhiWm2(zenithDeg), trueZenithDeg, outsideWm2);
		return { sun, extraterrestrialWm2: outsideWm2, clear };
	}
	const clear = ineichen({
		zenithDeg: sun.zenithDeg,
		absoluteAirMass: absoluteAirMass(relativeAirMass(sun.zenithDeg), pressurePa(site.altitudeM)),
		linkeTurbidity: site.linkeTurbidity,
		altitudeM: site.altitudeM,
		extraterrestrialWm2: outsideWm2,
	});
	return { sun, extraterrestrialWm2: outsideWm2, clear };
}

/** Light under clouds: the sky's irradiance at a clear-sky index (1 is cloudless). */
export function skyIrradiance(sky: ClearSky, clearSkyIndex: number): Irradiance {
	return cloudyIrradiance(sky.clear, clearSkyIndex, sky);
}
