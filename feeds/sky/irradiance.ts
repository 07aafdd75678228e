/** The three components of sunlight at the ground, W/m2. `ghi = dhi + dni cos(zenith)`. */
export interface Irradiance {
	/** Global on a horizontal plane. */
	readonly ghi: number;
	/** Direct on a plane facing the sun. */
	readonly dni: number;
	/** Diffuse on a horizontal plane. */
	readonly dhi: number;
}

export const DARK: Irradiance = { ghi: 0, dni: 0, dhi: 0 };
