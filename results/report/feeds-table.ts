import { join } from 'node:path';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { csvText } from '../../protocol/run-folder/csv-text.ts';
import { FEEDS } from '../../protocol/run-folder/feeds.ts';
import { usToSeconds } from '../../protocol/time.ts';
import { type Heard, heardOf } from './feeds.ts';
import { readTold } from './told.ts';

/** Writes what a run heard of its feeds as a table; none where it heard nothing. @param folder of the whole run */
export function writeFeedsTable(folder: string): void {
	const heard = heardOf(readTold(folder));
	if (heard.length === 0) return;
	const rows = heard.map((one) => `${rowOf(one).join(',')}\n`);
	const header = FEEDS.header(...FEEDS.columns.map(({ name }) => name));
	writeWhole(join(folder, FEEDS.file), `${header}\n${rows.join('')}`);
}

function rowOf({ fromUs, command }: Heard): (string | number)[] {
	const { points, receivedAtMs, given } = command;
	const now = points.findLast(({ fromMs }) => fromMs <= receivedAtMs) ?? points[0];
	const last = points.at(-1);
	return [
		usToSeconds(fromUs),
		csvText(command.actor),
		command.heard ?? 'values',
		utc(receivedAtMs),
		csvText(command.from),
		command.quantity,
		now?.value ?? '',
		now === undefined ? '' : csvText(command.unit),
		now === undefined ? '' : utc(now.fromMs),
		now === undefined ? '' : Number(now.isForecast),
		points.length,
		last === undefined ? '' : utc(last.fromMs),
		given?.value ?? '',
		given === undefined ? '' : csvText(given.unit),
		csvText((command.notes ?? []).join('; ')),
	];
}

function utc(epochMs: number): string {
	return new Date(epochMs).toISOString();
}
