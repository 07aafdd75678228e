import { ConfigError } from '../../../protocol/errors.ts';
import { note } from '../../../protocol/remark.ts';
import type { Unit } from '../../signal/column-units.ts';
import { RecordError } from '../../signal/records.ts';
import { MOST_G_PER_KWH } from '../limits.ts';
import { isoInstant } from '../reader.ts';
import { CSV_FORMATS } from './csv-formats.ts';
import type {
	FileForecast,
	FilePoint,
	GridFile,
	GridFileChoices,
	RawGridFile,
} from './grid-file.ts';
import { JSON_FORMATS } from './json-formats.ts';
import { Table, UnfitFile } from './table.ts';

const KNOWN =
	'WattTime (JSON, CSV), Electricity Maps (JSON, CSV), UK Carbon Intensity and its regions (JSON, CSV), Carbon Aware SDK (JSON), ' +
	'Energy-Charts (JSON, CSV), ENTSO-E day-ahead prices, CAISO OASIS, ERCOT, gridstatus, Ember (CSV), Vessim forecasts (CSV), Gridbeat recordings (CSV)';

/**
 * Reads a file of a grid signal, whoever's it is: the format shows in its content.
 *
 * @param path for messages
 * @throws ConfigError in one line for what is broken, and the list of formats for what is none of them
 */
export function parseGridFile(text: string, path: string, choices: GridFileChoices): GridFile {
	const refuse = (reason: string): never => {
		throw new ConfigError(`Cannot read grid signal "${path}": ${reason}`);
	};
	try {
		const raw = rawFile(text, choices, refuse);
		if (raw !== null) return inOrder(inUnit(raw, choices.unit, refuse), refuse);
	} catch (error) {
		if (!(error instanceof UnfitFile || error instanceof RecordError)) throw error;
		return refuse(error.message);
	}
	return refuse(`its format is not known; known are ${KNOWN}; for any other CSV use source: trace`);
}

function rawFile(text: string, choices: GridFileChoices, refuse: Refuse): RawGridFile | null {
	if (/^\s*[{[]/.test(text.replace(/^\uFEFF/, '')))
		return firstOf(JSON_FORMATS, readJson(text, refuse), choices, refuse);
	const table = new Table(text, choices.decimal);
	const raw = firstOf(CSV_FORMATS, table, choices, refuse);
	return raw === null ? null : { ...raw, notes: [...(raw.notes ?? []), ...table.notes()] };
}

type Refuse = (reason: string) => never;

function firstOf<Data>(
	formats: readonly ((data: Data, choices: GridFileChoices) => RawGridFile | string | null)[],
	data: Data,
	choices: GridFileChoices,
	refuse: Refuse,
): RawGridFile | null {
	for (const format of formats) {
		const found = format(data, choices);
		if (typeof found === 'string') return refuse(found);
		if (found !== null) return found;
	}
	return null;
}

function readJson(text: string, refuse: Refuse): unknown {
	try {
		return JSON.parse(text.replace(/^\uFEFF/, ''));
	} catch (error) {
		const [, place] = /position (\d+)/.exec((error as Error).message) ?? [];
		const line = text.slice(0, Number(place ?? text.length)).split('\n').length;
		return refuse(`it begins as JSON and is none from line ${line} on; is it whole?`);
	}
}

/** The same in the unit that the scenario says, where the file itself says none. */
function inUnit(raw: RawGridFile, said: Unit | null, refuse: Refuse): RawGridFile {
	if (said === null) return raw;
	const { factor, isStated } = raw.unit;
	const [wanted, what] =
		raw.signal === 'price' ? ['price', 'a price'] : ['intensity', 'an intensity'];
	if (said.dimension !== wanted) return refuse(`${said.text} is not the unit of ${what}`);
	if (said.currency !== null && raw.currency !== null && said.currency !== raw.currency)
		return refuse(`its prices are in ${raw.currency}, and the scenario says unit: ${said.text}`);
	const times = said.factor / factor;
	if (isStated && Math.abs(times - 1) > 1e-9)
		return refuse(`it says its own unit, which is not ${said.text}; drop unit`);
	const scaled = (points: readonly FilePoint[]) =>
		points.map(({ epochMs, value }) => ({ epochMs, value: value * times }));
	return {
		...raw,
		currency: raw.currency ?? said.currency,
		points: scaled(raw.points),
		forecasts: (raw.forecasts ?? []).map((one) => ({ ...one, points: scaled(one.points) })),
	};
}

/** Sorts, takes out what has no value, refuses what contradicts itself. */
function inOrder(raw: RawGridFile, refuse: Refuse): GridFile {
	const notes = [...(raw.notes ?? [])];
	const points = sorted(raw.points, refuse);
	const missing = raw.points.length - points.length;
	if (missing > 0) notes.push(note('values are missing', missing, raw.points.length));
	const forecasts: FileForecast[] = (raw.forecasts ?? [])
		.map(({ madeAtMs, points: expected }) => ({ madeAtMs, points: sorted(expected, refuse) }))
		.filter((forecast) => forecast.points.length > 0)
		.sort((a, b) => a.madeAtMs - b.madeAtMs);
	if (points.length === 0 && forecasts.length === 0) return refuse('it has no values');
	const stepMs = stepOf(points.length > 1 ? points : (forecasts[0]?.points ?? points));
	if (raw.signal === 'carbon') {
		const all = [points, ...forecasts.map((forecast) => forecast.points)];
		for (const { epochMs, value } of all.flat())
			if (value < 0 || value > MOST_G_PER_KWH)
				return refuse(
					`it has ${value} g/kWh at ${isoInstant(epochMs)}; an intensity is at least 0 and at most ${MOST_G_PER_KWH} (no plant emits more); if the file is not in the unit of its format, use source: trace and its unit`,
				);
	}
	const { unit: _unit, ...rest } = raw;
	return { ...rest, points, forecasts, stepMs, notes };
}

function sorted(points: readonly FilePoint[], refuse: Refuse): FilePoint[] {
	const known = points.filter((point, i) => {
		if (Number.isNaN(point.epochMs)) return refuse(`row ${i + 1} after the header has no time`);
		if (point.value === Number.POSITIVE_INFINITY || point.value === Number.NEGATIVE_INFINITY)
			return refuse(`the value of ${isoInstant(point.epochMs)} is not a finite number`);
		return !Number.isNaN(point.value);
	});
	known.sort((a, b) => a.epochMs - b.epochMs);
	known.forEach((point, i) => {
		const before = known[i - 1];
		if (before?.epochMs === point.epochMs && before.value !== point.value)
			refuse(
				`it has two values for ${isoInstant(point.epochMs)}: ${before.value} and ${point.value}`,
			);
	});
	return known.filter((point, i) => known[i - 1]?.epochMs !== point.epochMs);
}

/** The most frequent distance; an hour where there is one point only. */
function stepOf(points: readonly FilePoint[]): number {
	const counts = new Map<number, number>();
	for (let i = 1; i < points.length; i++) {
		const gapMs = (points[i] as FilePoint).epochMs - (points[i - 1] as FilePoint).epochMs;
		counts.set(gapMs, (counts.get(gapMs) ?? 0) + 1);
	}
	let best = 3_600_000;
	let most = 0;
	for (const [gapMs, count] of counts) {
		if (count > most) [best, most] = [gapMs, count];
	}
	return best;
}
