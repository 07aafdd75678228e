import * as z from 'zod';
import { PueNumber, PuePoints } from '../../protocol/scenario/serving.ts';

/** Facility power over that of GPUs and servers: at all times, or at outdoor temperatures in degC, coldest first. */
export const Pue = z.union([PueNumber, PuePoints]);
export type Pue = z.infer<typeof Pue>;

/** PUE at an outdoor temperature: linear between the points, level beyond them. */
export function pueAt(pue: Pue, outdoorC: number): number {
	if (typeof pue === 'number') return pue;
	const above = pue.findIndex(([temperatureC]) => temperatureC > outdoorC);
	const [nextC, next] = pue[above] ?? [Number.NaN, Number.NaN];
	const [beforeC, before] = pue.at(above - 1) as readonly [number, number];
	if (above === 0) return next;
	if (above === -1) return (pue.at(-1) as readonly [number, number])[1];
	return before + ((next - before) * (outdoorC - beforeC)) / (nextC - beforeC);
}
