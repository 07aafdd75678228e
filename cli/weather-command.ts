import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { DateTime } from 'luxon';
import { type InspectSite, inspectWeather } from '../feeds/weather/inspect.ts';
import { loadWeather } from '../feeds/weather/load.ts';
import type { Place } from '../feeds/weather/series.ts';
import { ConfigError } from '../protocol/errors.ts';
import { parseDuration } from '../protocol/scenario/duration.ts';
import { SkyYears } from '../protocol/signals.ts';
import { MINUTE_US } from '../protocol/time.ts';
import { findLocation } from '../services/solar/places.ts';
import { basisOf, syntheticWeather } from '../services/solar/synthetic-year.ts';
import { printJson } from './json-output.ts';
import { inspectionHtml } from './weather-html.ts';
import { inspectionText } from './weather-text.ts';

const TURBIDITY = 3;
/** The clouds of the stochastic sky have steps of this length. */
const FINEST_US = 5 * MINUTE_US;

interface InspectOptions {
	readonly json?: boolean;
	readonly html?: string;
	readonly column?: string;
	readonly timezone: string;
	readonly location?: string;
}

/** Adds `gridbeat weather` with its commands. */
export function addWeather(gridbeat: Command): void {
	const command = gridbeat
		.command('weather')
		.description('weather files: what is in them, and synthetic years');
	command
		.command('inspect')
		.description('say what a weather file has in it: format, clock, gaps, monthly totals, plots')
		.argument(
			'<file>',
			'weather file of any format in docs/weather.md, such as SAM, NSRDB, TMY3, EPW, PVGIS, Open-Meteo or Solcast',
		)
		.option('--json', 'print as JSON')
		.option('--html <file>', 'write a page with figures')
		.option(
			'--column <name>',
			'column, place (by its number from 0) or model of a file that has several',
		)
		.option('--timezone <zone>', 'zone of date-times whose file says none', 'UTC')
		.option('--location <name>', 'a city, for files that do not say where they are')
		.action((file: string, options: InspectOptions) => inspect(file, options));
	command
		.command('synthetic')
		.description(
			'write a synthetic year of a city: made up, with the monthly totals that are known of ten',
		)
		.argument('<location>', 'a city, such as "San Francisco"')
		.requiredOption('--out <file>', 'CSV file to write')
		.option('--year <number>', 'year of the calendar', '2024')
		.option('--seed <text>', 'seed of the random streams', '1')
		.option('--step <span>', 'length of a row, in whole 5 minutes', '15min')
		.addOption(
			new Option('--years <how>', 'every year a typical one, or good and bad ones')
				.choices(SkyYears.options)
				.default('typical'),
		)
		.action((location: string, options: SyntheticOptions) => synthetic(location, options));
	for (const one of command.commands) one.exitOverride();
}

function inspect(file: string, options: InspectOptions): void {
	const column = options.column ?? options.location ?? null;
	const series = loadWeather(file, { column, timezone: options.timezone });
	const site = siteOf(series.place, options.location);
	const inspection = inspectWeather(series, file, site);
	if (options.html !== undefined) writeFileSync(options.html, inspectionHtml(inspection, series));
	if (options.json === true) printJson('weather', inspection);
	else process.stdout.write(`${inspectionText(inspection)}\n`);
}

/** Where the file is: what it says, else the location given, else a known location of its column's name. */
function siteOf(place: Place, location: string | undefined): InspectSite | null {
	const { latitude, longitude, altitudeM, name } = place;
	if (location === undefined && latitude !== null && longitude !== null)
		return { latitude, longitude, altitudeM: altitudeM ?? 0, linkeTurbidity: TURBIDITY };
	if (location !== undefined) return findLocation(location);
	if (name === null) return null;
	try {
		return findLocation(name);
	} catch (error) {
		if (error instanceof ConfigError) return null;
		throw error;
	}
}

interface SyntheticOptions {
	readonly out: string;
	readonly year: string;
	readonly seed: string;
	readonly step: string;
	readonly years: SkyYears;
}

function synthetic(name: string, options: SyntheticOptions): void {
	const { out, year, seed, step, years } = options;
	const location = findLocation(name);
	if (!/^\d{4}$/.test(year))
		throw new ConfigError(`Cannot use --year "${year}": give a year such as 2024`);
	const stepUs = parseDuration(step, '--step');
	if (stepUs % FINEST_US !== 0)
		throw new ConfigError(`Cannot use --step "${step}": give a whole number of 5 minutes`);
	const start = DateTime.fromObject({ year: Number(year) }, { zone: location.timeZone });
	const text = syntheticWeather(location, {
		fromMs: start.toMillis(),
		untilMs: start.plus({ years: 1 }).toMillis(),
		stepMs: stepUs / 1000,
		...{ seed, years },
	});
	writeFileSync(out, text);
	process.stdout.write(
		[
			`wrote ${out}: synthetic weather of ${location.name} in ${year}, seed ${seed}, made ${basisOf(location)}; use it with --weather ${out}`,
			...location.notes.map((text) => `${location.name}: ${text}`),
			'',
		].join('\n'),
	);
}
