import { ConfigError } from '../../protocol/errors.ts';
import type { Shear } from './config.ts';

/**
 * Wind speed at one height over that at another. Manwell, McGowan and Rogers, Wind Energy Explained, 2nd ed.,
 * equations 2.34 (logarithmic) and 2.38 (power law).
 *
 * @throws ConfigError for heights within the roughness
 */
export function shearFactor(shear: Shear, fromM: number, toM: number): number {
	if (shear.type === 'power') return (toM / fromM) ** shear.exponent;
	const { roughnessM } = shear;
	const lowest = Math.min(fromM, toM);
	if (lowest <= roughnessM)
		throw new ConfigError(
			`Cannot use a logarithmic wind profile of roughness ${roughnessM} m at a height of ${lowest} m: ` +
				'give heights above the roughness',
		);
	return Math.log(toM / roughnessM) / Math.log(fromM / roughnessM);
}
