import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { startGridbeat } from './cli.ts';
import { assertSameFiles, undisturbedRun } from './kill.test-support.ts';
import {
	CUT_MS,
	GOES_ON,
	IS_LONG,
	LONG_CUT_MS,
	LONG_STILL_MS,
	SCENARIO,
	STILL_MS,
	type StruckRun,
	startStruck,
	stillFor,
} from './matrix.test-support.ts';
import {
	cutFor,
	floodReader,
	loses,
	makeReadOnly,
	type OverRelay,
	type OwnServers,
	overOwnServer,
	overRelay,
	restartServer,
	spoilStore,
	workerStandsStill,
} from './matrix-strikes.test-support.ts';
import { inSlices } from './slices.ts';

/**
 * Faults other than the death of a process of ours (kills.test.ts, clusters.test.ts), each of a run over a real server to its
 * end: processes that stand still, a network that is cut or loses messages, the user's server, its store, a folder that cannot
 * be written. The files are those of the undisturbed run. Here the faults of a stage strike one run after the other, with short
 * limits; `make faults ARGS=matrix [CASE=...]` has each in a run of its own, with the limits and the times as they are.
 */
const sliced = inSlices(2);
const SEED = `matrix ${process.env['GRIDBEAT_SEED'] ?? 1}`;
const wanted = new RegExp(process.env['CASE'] ?? '');
/** Between two strikes, in seconds of simulated time. */
const EVERY_S = 600;

interface Stage {
	readonly run: StruckRun;
	end(): Promise<void>;
}

/** What strikes a run on its stage. */
interface Strike<S extends Stage> {
	readonly name: string;
	/** Whether the run goes back for it, or goes on; null: either is well. */
	readonly setsBack: boolean | null;
	act(stage: S): Promise<void>;
}

function strikes<S extends Stage>(
	where: string,
	enter: () => Promise<S>,
	all: readonly Strike<S>[],
): void {
	for (const some of IS_LONG ? all.map((one) => [one]) : [all]) {
		const name = `${where}: ${some.map((one) => one.name).join('; ')}`;
		if (wanted.test(name))
			sliced(`${name}: nothing of it is in the files`, () => play(enter, some));
	}
}

/**
 * Strikes one run after the other, a next one where the one before was over too soon: it makes up for lost time as fast as the
 * machine can.
 */
async function play<S extends Stage>(
	enter: () => Promise<S>,
	some: readonly Strike<S>[],
): Promise<void> {
	for (let done = 0; done < some.length; ) {
		const stage = await enter();
		try {
			const struck = await strikeAll(stage, some.slice(done));
			assert.ok(struck > 0, `it was over before anything happened to it:\n${stage.run.story()}`);
			await stage.run.assertUndisturbed();
			done += struck;
		} finally {
			stage.run.cli.signal('SIGKILL');
			await stage.end();
		}
	}
}

/** Returns how many of them the run has lived to see. */
async function strikeAll<S extends Stage>(stage: S, some: readonly Strike<S>[]): Promise<number> {
	const { run } = stage;
	const setbacks = () => run.cli.said().match(new RegExp(GOES_ON, 'g'))?.length ?? 0;
	for (const [i, { name, setsBack, act }] of some.entries()) {
		if (!(await run.comesTo(EVERY_S * (i + 1)))) return i;
		const before = setbacks();
		try {
			await act(stage);
			await run.comesTo(EVERY_S * (i + 1) + EVERY_S / 3);
		} catch (error) {
			throw new Error(`${name}: ${error}\n${run.story()}`);
		}
		// With short limits a busy machine may be slow enough to be taken for a fault, or for none: then the files alone count.
		if (IS_LONG && setsBack !== null)
			assert.is(setbacks() > before, setsBack, `${name}:\n${run.story()}`);
	}
	return some.length;
}

const binary = await natsBinaryForTests();
if (binary === null || !existsSync('/proc/self/stat'))
	process.stdout.write('skipped, no /proc or no nats-server here\n');
else {
	const still = (victim: string, ms: number, setsBack: boolean | null): Strike<Stage> => ({
		...{ name: `${victim} stands still for ${ms} ms`, setsBack },
		act: ({ run }) => stillFor(run, victim, ms),
	});
	strikes(
		'on a server of its own',
		async () => ({
			run: startStruck({ alone: ['replica-1', 'recorder'] }),
			end: async () => {},
		}),
		[
			...['replica-1', 'recorder', 'nats-server', 'command'].map((victim) =>
				still(victim, STILL_MS, false),
			),
			still('replica-1', LONG_STILL_MS, true),
			still('command', LONG_STILL_MS, null),
			still('nats-server', LONG_STILL_MS, null),
		],
	);

	const ways = [['to', 'from'], ['to'], ['from']] as const;
	strikes<OverRelay>('through a network', () => overRelay(binary), [
		...ways.map((which) => ({
			...{ name: `it is cut ${which.join(' and ')} a worker for ${CUT_MS} ms`, setsBack: false },
			act: (stage: OverRelay) => cutFor(stage, which, CUT_MS, false),
		})),
		...ways.map((which) => ({
			...{
				name: `it is cut ${which.join(' and ')} a worker for ${LONG_CUT_MS} ms`,
				setsBack: true,
			},
			act: (stage: OverRelay) => cutFor(stage, which, LONG_CUT_MS, true),
		})),
		{
			...{ name: `a worker stands still for ${LONG_STILL_MS} ms`, setsBack: true },
			act: (stage) => workerStandsStill(stage, LONG_STILL_MS),
		},
	]);

	const share = 0.01;
	const fates = [['lost'], ['twice'], ['later']] as const;
	for (const which of IS_LONG ? fates : [['lost', 'twice', 'later'] as const])
		strikes<OverRelay>('through a network', () => overRelay(binary, ['recorder']), [
			{
				...{ name: `${100 * share} % of messages ${which.join(', ')} (${SEED})`, setsBack: null },
				act: (stage) => loses(stage, share, which, `${SEED} ${which}`),
			},
		]);

	if (wanted.test('damaged'))
		sliced(
			'a run that is interrupted, and whose file is damaged, begins anew in its folder, and says so',
			async () => {
				const { cli, folder, comesTo } = startStruck({ args: ['--in-process'] });
				assert.ok(await comesTo(EVERY_S), cli.said());
				cli.signal('SIGINT');
				assert.is((await cli.ended).code, 130, cli.said());
				const path = join(folder, 'checkpoint.bin');
				const bytes = readFileSync(path);
				writeFileSync(path, bytes.subarray(0, bytes.length - 1));
				const again = startGridbeat(['resume', folder]);
				assert.is((await again.ended).code, 0, again.said());
				assert.match(again.said(), /Going on from the beginning of the run: .* is damaged/);
				assertSameFiles(folder, await undisturbedRun(SCENARIO));
			},
		);

	strikes<OwnServers>("on the user's server", () => overOwnServer(binary), [
		{ name: 'it drops a recorder that does not read', setsBack: true, act: floodReader },
		{ name: 'what is kept is not what was kept', setsBack: true, act: spoilStore },
		{ name: 'it is killed and started again', setsBack: true, act: restartServer },
		{ name: 'the run folder is read-only for a while', setsBack: false, act: makeReadOnly },
	]);
}

sliced.run();
