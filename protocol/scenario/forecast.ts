import * as z from 'zod';
import { OtherwiseForecast } from '../signals.ts';
import { Duration } from './duration.ts';
import { TimeOfDay } from './parts.ts';

/** The section of a scenario that says what is known of signals in advance. */

const asIssued = z.strictObject({
	source: z.literal('file').describe('As issued, in a file that says when'),
	path: z
		.string()
		.min(1)
		.nullable()
		.default(null)
		.describe('The file, relative to the scenario file; null: the file of the signal itself'),
	otherwise: OtherwiseForecast.default('persistence').describe(
		'What holds for hours that no forecast covers',
	),
});
const simpleForecasts = [
	z.strictObject({ source: z.literal('persistence').describe('Yesterday’s same hour') }),
	z.strictObject({
		source: z.literal('perfect').describe('The future itself, to compare with; the report says so'),
	}),
] as const;
const IntensityForecast = z
	.discriminatedUnion('source', [asIssued, ...simpleForecasts])
	.nullable()
	.default(null);

/** What dispatch policies know of the hours to come. */
export const Forecast = z.strictObject({
	horizon: Duration.default('24h').describe('How far, in whole hours up to 168h'),
	carbon: IntensityForecast.describe(
		'Of `carbon`; null: as its file issued them, where it did, else persistence',
	),
	marginal: IntensityForecast.describe('Of `marginalCarbon`; null: likewise'),
	price: z
		.discriminatedUnion('source', [
			...simpleForecasts,
			z.strictObject({
				source: z
					.literal('day-ahead')
					.describe('Published daily for the next day; later hours by persistence'),
				published: TimeOfDay.default('13:00').describe('Local time at which they are'),
			}),
		])
		.nullable()
		.default(null)
		.describe(
			'Of `price`; null: a tariff is known, a price file as day-ahead prices are, else persistence',
		),
});
