import { cosDeg, RADIANS, sinDeg } from '../../feeds/sky/angles.ts';
import type { SunPosition } from '../../feeds/sky/sun-position.ts';
import type { Orientation } from './transposition.ts';

/** Modules that turn about one axis to follow the sun. */
export interface Tracker {
	/** Of the axis, degrees from horizontal; its lower end points to the axis' azimuth. */
	readonly axisTiltDeg: number;
	/** Of the axis, degrees clockwise from north. */
	readonly axisAzimuthDeg: number;
	/** Furthest rotation either way, degrees. */
	readonly maxAngleDeg: number;
	/** Turn back from the sun when it stands so low that a row would shade the next. */
	readonly backtrack: boolean;
	/** Width of the modules over the distance between rows. */
	readonly gcr: number;
	/** Slope of the ground across the rows, degrees, positive where a right-handed turn would lower it. */
	readonly crossAxisTiltDeg: number;
}

/**
 * Rotation of the modules about their axis, degrees, right-handed: with the axis to the south, positive is
 * west; 0 when the sun is down. Anderson and Mikofski, Slope-aware backtracking for single-axis trackers,
 * NREL/TP-5K00-76626, 2020, equations 1 to 3 (true tracking) and 14 to 16 (backtracking).
 */
export function trackerRotationDeg(sun: SunPosition, tracker: Tracker): number {
	if (sun.zenithDeg > 90) return 0;
	const { axisTiltDeg, maxAngleDeg, backtrack } = tracker;
	const fromAxis = sun.azimuthDeg - tracker.axisAzimuthDeg;
	const across = sinDeg(sun.zenithDeg) * sinDeg(fromAxis);
	const above =
		sinDeg(sun.zenithDeg) * cosDeg(fromAxis) * sinDeg(axisTiltDeg) +
		cosDeg(sun.zenithDeg) * cosDeg(axisTiltDeg);
	const ideal = Math.atan2(across, above) / RADIANS;
	const rotation = ideal - (backtrack ? backtrackDeg(ideal, tracker) : 0);
	return Math.min(maxAngleDeg, Math.max(-maxAngleDeg, rotation));
}

/** How far to turn back from the ideal rotation, with its sign; 0 while no row shades the next. */
function backtrackDeg(ideal: number, tracker: Tracker): number {
	const { gcr, crossAxisTiltDeg } = tracker;
	const rowDistance = 1 / (gcr * cosDeg(crossAxisTiltDeg));
	const shadow = Math.abs(rowDistance * cosDeg(ideal - crossAxisTiltDeg));
	return shadow < 1 ? (Math.sign(ideal) * Math.acos(shadow)) / RADIANS : 0;
}

/**
 * Which way the modules of a tracker face. Marion and Dobos, Rotation angle for the optimum tracking of
 * one-axis trackers, NREL/TP-6A20-58891, 2013: here as the normal of the turned plane.
 */
export function trackedOrientation(sun: SunPosition, tracker: Tracker): Orientation {
	const theta = trackerRotationDeg(sun, tracker);
	const { axisTiltDeg, axisAzimuthDeg } = tracker;
	// The normal: its part along the axis, to the right of it, and up.
	const along = sinDeg(axisTiltDeg) * cosDeg(theta);
	const across = sinDeg(theta);
	const up = cosDeg(axisTiltDeg) * cosDeg(theta);
	const azimuthDeg = axisAzimuthDeg + Math.atan2(across, along) / RADIANS;
	return {
		tiltDeg: Math.acos(Math.min(1, Math.max(-1, up))) / RADIANS,
		azimuthDeg: ((azimuthDeg % 360) + 360) % 360,
	};
}
