import { erbs } from './erbs.ts';
import { DARK, type Irradiance } from './irradiance.ts';
import type { SunPosition } from './sun-position.ts';

/**
 * Light under clouds: global irradiance is the clear one times the clear-sky index. The direct part is the
 * clear one reduced by the ratio in which Erbs' direct light falls between index 1 and this index, so that
 * index 1 is the clear sky itself and nothing jumps there. Above 1 (light reflected by cloud edges) the
 * direct light stays and the rest is diffuse.
 */
export function cloudyIrradiance(
	clear: Irradiance,
	clearSkyIndex: number,
	sky: { readonly sun: SunPosition; readonly extraterrestrialWm2: number },
): Irradiance {
	if (clear.ghi <= 0) return DARK;
	const ghi = clear.ghi * clearSkyIndex;
	const directHorizontal = clear.ghi - clear.dhi;
	if (clearSkyIndex >= 1) return { ghi, dni: clear.dni, dhi: ghi - directHorizontal };
	const { zenithDeg } = sky.sun;
	const whole = erbs(clear.ghi, zenithDeg, sky.extraterrestrialWm2).dni;
	const part = erbs(ghi, zenithDeg, sky.extraterrestrialWm2).dni;
	const ratio = whole > 0 ? part / whole : clearSkyIndex;
	return { ghi, dni: clear.dni * ratio, dhi: ghi - directHorizontal * ratio };
}
