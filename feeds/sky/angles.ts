/** Radians in one degree. */
export const RADIANS = Math.PI / 180;

/** Cosine of an angle in degrees. */
export function cosDeg(deg: number): number {
	return Math.cos(deg * RADIANS);
}

/** Sine of an angle in degrees. */
export function sinDeg(deg: number): number {
	return Math.sin(deg * RADIANS);
}
