import { meanOf } from './read-prometheus.ts';
import type { PowerLog, PowerSample } from './served-log.ts';

/** Power of GPUs as nvidia-smi and DCGM write it. */

type Row = Readonly<Record<string, string>>;

/** `power.draw [W]` and its like; the unit may stand in the value too. */
const POWER =
	/^(power\.draw(\.(average|instant))?|DCGM_FI_DEV_POWER_USAGE|POWER|POWER_USAGE|power_w)\b/i;
const TIME = /^(timestamp|time|date)\b/i;
const GPU = /^(index|gpu|uuid|entity|pci\.bus_id)\b/i;

/** Whether a table with these columns is one of power. */
export function hasPower(columns: readonly string[]): boolean {
	return columns.some((name) => POWER.test(name)) && columns.some((name) => TIME.test(name));
}

/**
 * The samples of such a table.
 *
 * @throws Error where none can be read
 */
export function readPower(rows: readonly Row[], columns: readonly string[]): PowerLog {
	const [power, time] = [POWER, TIME].map(
		(known) => columns.find((name) => known.test(name)) ?? '',
	);
	const gpu = columns.find((name) => GPU.test(name));
	const byGpu = new Map<string, PowerSample[]>();
	let isLocal = false;
	for (const row of rows) {
		const stamp = timeOf(row[time as string] ?? '');
		const powerW = Number.parseFloat(row[power as string] ?? '');
		if (stamp === null || !Number.isFinite(powerW)) continue;
		isLocal ||= stamp.isLocal;
		const name = gpu === undefined ? '' : (row[gpu] ?? '');
		const list = byGpu.get(name) ?? [];
		list.push({ atS: stamp.atS, powerW });
		byGpu.set(name, list);
	}
	if (byGpu.size === 0)
		throw new Error(`no row of it has a time and a number of watts in ${power}`);
	return {
		...{ format: power as string, gpus: byGpu.size, samples: togetherOf([...byGpu.values()]) },
		...{ isLocal, isRelative: false },
	};
}

/** `dcgmi dmon -e 155` has no times: its lines are a second apart, or as `-d` says. */
const DMON = /^\s*GPU\s+(\d+)\s+([\d.]+)/;

/** The samples of what `dcgmi dmon -e 155` prints; null where it is none. */
export function readDmon(text: string): PowerLog | null {
	const lines = text.split('\n');
	if (!/^#\s*Entity\b/m.test(text) || !lines.some((line) => DMON.test(line))) return null;
	const byGpu = new Map<string, PowerSample[]>();
	for (const line of lines) {
		const [, gpu, powerW] = DMON.exec(line) ?? [];
		if (gpu === undefined) continue;
		const list = byGpu.get(gpu) ?? [];
		list.push({ atS: list.length, powerW: Number(powerW) });
		byGpu.set(gpu, list);
	}
	return {
		...{ format: 'dcgmi dmon', gpus: byGpu.size, samples: meanOf([...byGpu.values()].flat()) },
		...{ isLocal: false, isRelative: true },
	};
}

/** Samples of GPUs that are read one after the other: whole seconds are the same time. */
function togetherOf(gpus: readonly (readonly PowerSample[])[]): PowerSample[] {
	if (gpus.length === 1) return [...(gpus[0] ?? [])].sort((a, b) => a.atS - b.atS);
	return meanOf(gpus.flat().map(({ atS, powerW }) => ({ atS: Math.round(atS), powerW })));
}

const DATE =
	/^(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d):(\d\d):(\d\d(?:\.\d+)?)\s*(Z|[+-]\d\d:?\d\d)?$/;

/** A time as numbers since 1970, or as a date, which is local where it names no offset. */
function timeOf(text: string): { readonly atS: number; readonly isLocal: boolean } | null {
	const trimmed = text.trim();
	if (/^\d+(\.\d+)?$/.test(trimmed)) {
		const number = Number(trimmed);
		return { atS: number > 1e11 ? number / 1000 : number, isLocal: false };
	}
	const match = DATE.exec(trimmed);
	if (match === null) return null;
	const [, year, month, day, hour, minute, second, zone] = match;
	const [y, mo, d, h, mi] = [year, month, day, hour, minute].map(Number) as [
		number,
		number,
		number,
		number,
		number,
	];
	const utcS = Date.UTC(y, mo - 1, d, h, mi) / 1000 + Number(second);
	if (zone === undefined) return { atS: utcS, isLocal: true };
	const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
	const offsetS = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60;
	return { atS: sign === '-' ? utcS + offsetS : utcS - offsetS, isLocal: false };
}
