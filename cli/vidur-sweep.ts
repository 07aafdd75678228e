import { join } from 'node:path';
import Table from 'cli-table3';
import { realFolder } from '../kernel/files/open-below.ts';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import type { Study } from '../studies/session/study-file.ts';
import { SWEEP_WORKER } from '../studies/session/sweep-worker-script.ts';
import {
	type DoneVidur,
	doVidurSweep,
	planVidurSweep,
	type VidurFigures,
} from '../studies/session/vidur-sweep.ts';
import { shortKey, valueText, varyingKeys } from '../studies/sweep/design.ts';
import { silentView, workView } from '../studies/sweep/progress.ts';
import type { SweepFile } from '../studies/sweep/sweep-file.ts';
import { jsonText } from './json-output.ts';
import { inStudyTerminal, type StudyFlags } from './study-terminal.ts';

/**
 * `gridbeat sweep` over command lines of Vidur. Returns the exit code.
 *
 * @throws ConfigError for points that are none
 */
export async function runVidurSweep(
	study: Study<SweepFile>,
	flags: StudyFlags & { readonly limit?: string },
): Promise<number> {
	const planned = planVidurSweep(study, limitOf(flags.limit));
	const folder = realFolder(flags.out ?? join('sweeps', study.file.name));
	return inStudyTerminal(SWEEP_WORKER, folder, flags, async (session) => {
		const view =
			flags.json === true
				? silentView(process.stderr)
				: workView(planned.length, 'runs', process.stdout);
		const done = await doVidurSweep(study, planned, folder, { session, view });
		const failed = done.filter(({ failure }) => failure !== null);
		const keys = varyingKeys(planned.map(({ point }) => point));
		process.stdout.write(
			flags.json === true
				? jsonText('vidur-sweep', {
						folder,
						runs: done.map(({ experiment: _, ...one }) => one),
						failed: failed.length,
					})
				: `${tableText(done, keys)}\n${done.length} runs (${failed.length} failed): ${join(folder, 'index.html')}\n`,
		);
		return failed.length > 0 ? EXIT.failed : EXIT.done;
	});
}

function limitOf(text: string | undefined): number {
	if (text === undefined) return Number.POSITIVE_INFINITY;
	const limit = Number(text);
	if (Number.isInteger(limit) && limit > 0) return limit;
	throw new ConfigError(`Cannot use --limit "${text}": give a whole number from 1 on`);
}

const SHOWN: readonly (readonly [keyof VidurFigures, string])[] = [
	['powerW', 'power W/GPU'],
	['timeS', 'time s'],
	['mfuPercent', 'MFU %'],
	['gpuEnergyKwh', 'energy kWh'],
];

/** The publication's figures beside ours; where nothing is published, ours alone. */
function tableText(done: readonly DoneVidur[], keys: readonly string[]): string {
	const isBeside = done.some(({ published }) => published !== null);
	const heads = SHOWN.flatMap(([, name]) => (isBeside ? [`${name}: paper`, 'ours', '%'] : [name]));
	const table = new Table({
		head: [...keys.map((key) => shortKey(key, keys)), ...heads],
		style: { head: [], border: [] },
		chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
	});
	const text = (value: number | undefined) =>
		value === undefined || Number.isNaN(value) ? '–' : String(Number(value.toPrecision(5)));
	for (const { point, ours, published } of done) {
		const cells = SHOWN.flatMap(([key]) => {
			const [mine, theirs] = [ours?.[key], published?.[key]];
			if (!isBeside) return [text(mine)];
			const percent =
				mine === undefined || theirs === undefined ? '' : (100 * (mine / theirs - 1)).toFixed(2);
			return [text(theirs), text(mine), percent];
		});
		table.push([...keys.map((key) => valueText(point[key] ?? null)), ...cells]);
	}
	const note = isBeside
		? 'Energy: of the GPUs, without PUE: power x GPUs x time'
		: 'Nothing is published of these';
	return `${table.toString()}\n${note}`;
}
