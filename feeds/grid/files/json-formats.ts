import * as z from 'zod';
import { note } from '../../../protocol/remark.ts';
import { readUnit } from '../../signal/column-units.ts';
import type { FilePoint } from './grid-file.ts';
import { INTENSITY_FORMATS } from './intensity-formats.ts';
import { carbonFile, Instant, type JsonParser, when } from './json-parser.ts';

/** Pounds per MWh in g/kWh (exact: 0.45359237 kg to the pound). */
export const G_PER_KWH_OF_LB_PER_MWH = 0.45359237;

const WattTimePoint = z.object({ point_time: Instant, value: z.number().nullable() });
const WattTimeMeta = z.object({
	region: z.string(),
	signal_type: z.string(),
	units: z.string(),
});

/** WattTime v3 `/historical` and `/forecast`. */
const WattTime = z.object({
	data: z.array(WattTimePoint).min(1),
	meta: WattTimeMeta.extend({ generated_at: Instant.optional() }),
});
/** WattTime v3 `/forecast/historical`. */
const WattTimeForecasts = z.object({
	data: z.array(z.object({ generated_at: Instant, forecast: z.array(WattTimePoint) })).min(1),
	meta: WattTimeMeta,
});

const ElectricityMapsItem = z.object({
	datetime: Instant,
	carbonIntensity: z.number().nullable(),
	isEstimated: z.boolean().nullish(),
	emissionFactorType: z.string().nullish(),
	zone: z.string().optional(),
});
/** Electricity Maps v3 `/past-range`, `/history`, `/forecast`. */
const ElectricityMapsPast = z.object({ data: z.array(ElectricityMapsItem).min(1) });
const ElectricityMapsHistory = z.object({
	zone: z.string(),
	history: z.array(ElectricityMapsItem).min(1),
});
const ElectricityMapsForecast = z.object({
	zone: z.string(),
	forecast: z.array(ElectricityMapsItem).min(1),
	updatedAt: Instant,
});

const Numbers = z.array(z.number().nullable());
/** `/co2eq` of Energy-Charts. */
const EnergyChartsCarbon = z.object({
	unix_seconds: z.array(z.int()).min(1),
	co2eq: Numbers,
	co2eq_forecast: Numbers.optional(),
});
/** `/price` of Energy-Charts: day-ahead, in EUR / MWh. */
const EnergyChartsPrice = z.object({
	unix_seconds: z.array(z.int()).min(1),
	price: Numbers,
	unit: z.string(),
});

/** In order of how much a format requires, so that none takes another's file. */
export const JSON_FORMATS: readonly JsonParser[] = [
	when(WattTimeForecasts, ({ data, meta }) => {
		const unit = wattTimeUnit(meta);
		if (typeof unit === 'string') return unit;
		return {
			...wattTime(meta, unit),
			points: [],
			forecasts: data.map(({ generated_at, forecast }) => ({
				madeAtMs: Date.parse(generated_at),
				points: forecast.map(wattTimePoint(unit.factor)),
			})),
		};
	}),
	when(WattTime, ({ data, meta }) => {
		const unit = wattTimeUnit(meta);
		if (typeof unit === 'string') return unit;
		const points = data.map(wattTimePoint(unit.factor));
		const { generated_at: madeAt } = meta;
		// A forecast says when it was made and begins there; a history was made after its points.
		const isForecast = madeAt !== undefined && Date.parse(madeAt) <= (points[1]?.epochMs ?? 0);
		if (!isForecast) return { ...wattTime(meta, unit), points };
		const forecasts = [{ madeAtMs: Date.parse(madeAt), points }];
		return { ...wattTime(meta, unit), points: [], forecasts };
	}),
	when(ElectricityMapsForecast, ({ zone, forecast, updatedAt }) => ({
		...electricityMaps(zone, []),
		points: [],
		forecasts: [{ madeAtMs: Date.parse(updatedAt), points: forecast.map(itemPoint) }],
	})),
	when(ElectricityMapsHistory, ({ zone, history }) => ({
		...electricityMaps(zone, history),
		points: history.map(itemPoint),
	})),
	when(ElectricityMapsPast, ({ data }) => ({
		...electricityMaps(data[0]?.zone ?? null, data),
		points: data.map(itemPoint),
	})),
	...INTENSITY_FORMATS,
	when(EnergyChartsPrice, ({ unix_seconds: seconds, price, unit }) => {
		const read = readUnit(unit);
		if (read?.type !== 'unit' || read.unit.currency === null)
			return `its prices are in "${unit}"; money per kWh or MWh can be read, such as EUR / MWh`;
		const { currency, factor } = read.unit;
		return {
			format: 'Energy-Charts price',
			signal: 'price',
			kind: null,
			currency,
			region: null,
			unit: { factor, isStated: true },
			points: zip(seconds, price, factor),
		};
	}),
	when(EnergyChartsCarbon, ({ unix_seconds: seconds, co2eq, co2eq_forecast: expected }) => {
		const lastKnown = co2eq.findLastIndex((value) => value !== null);
		const ahead = expected === undefined ? [] : zip(seconds, expected, 1).slice(lastKnown + 1);
		return {
			...carbonFile('Energy-Charts co2eq', 'average', null),
			points: zip(seconds, co2eq, 1).slice(0, lastKnown + 1),
			forecasts:
				ahead.length === 0
					? []
					: [{ madeAtMs: (seconds[lastKnown + 1] as number) * 1000, points: ahead }],
		};
	}),
];

function wattTime(
	{ region, signal_type: type }: z.infer<typeof WattTimeMeta>,
	{ factor }: { readonly factor: number },
) {
	const kind = type === 'co2_aoer' ? 'average' : 'marginal';
	const unit = { factor, isStated: true };
	return { ...carbonFile('WattTime v3', kind, region), unit };
}

function wattTimeUnit({ signal_type: type, units }: z.infer<typeof WattTimeMeta>) {
	if (type !== 'co2_moer' && type !== 'co2_aoer')
		return `its signal is "${type}"; co2_moer and co2_aoer can be read`;
	if (units === 'lbs_co2_per_mwh') return { factor: G_PER_KWH_OF_LB_PER_MWH };
	if (units === 'g_co2_per_kwh') return { factor: 1 };
	return `its values are in "${units}"; only lbs_co2_per_mwh are an intensity`;
}

function wattTimePoint(factor: number) {
	return ({ point_time: time, value }: z.infer<typeof WattTimePoint>): FilePoint => ({
		epochMs: Date.parse(time),
		value: value === null ? Number.NaN : value * factor,
	});
}

function electricityMaps(
	zone: string | null,
	items: readonly z.infer<typeof ElectricityMapsItem>[],
) {
	const estimated = items.filter(({ isEstimated }) => isEstimated === true).length;
	const factors = items[0]?.emissionFactorType ?? 'lifecycle';
	return {
		...carbonFile(`Electricity Maps (${factors})`, 'average', zone),
		notes: estimated === 0 ? [] : [note('values are estimates', estimated, items.length)],
	};
}

function itemPoint({ datetime, carbonIntensity }: z.infer<typeof ElectricityMapsItem>): FilePoint {
	return { epochMs: Date.parse(datetime), value: carbonIntensity ?? Number.NaN };
}

function zip(
	seconds: readonly number[],
	values: readonly (number | null)[],
	factor: number,
): FilePoint[] {
	return seconds.map((second, i) => {
		const value = values[i] ?? null;
		return { epochMs: second * 1000, value: value === null ? Number.NaN : value * factor };
	});
}
