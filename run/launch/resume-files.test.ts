import {
	cpSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256 } from '../../kernel/files/canonical.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { BEGINNING } from '../../services/coordinator/checkpoints.ts';
import { makePlan } from '../make-plan.ts';
import { scenarioFrom } from '../resolve/scenario-source.ts';
import {
	readCheckpointFile,
	readResumeFile,
	writeCheckpointFile,
	writeResumeFile,
} from './resume-files.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'gridbeat-resume-')));
test.after(() => rmSync(root, { recursive: true }));

const planOf = (name: string) =>
	makePlan(scenarioFrom(projectFile(`examples/${name}`)), { out: join(root, name), command: null });

/** Of a study, of a file that is not here, or of a feed elsewhere. */
const NO_RUNS = [
	'live-carbon.yaml',
	'live-twin.yaml',
	'capacity.yaml',
	'sweep.yaml',
	'vidur-energy-case.yaml',
];

for (const name of readdirSync(projectFile('examples')))
	if (name.endsWith('.yaml') && !NO_RUNS.includes(name))
		test(`a run of examples/${name} is read from its folder as it was planned`, async () => {
			const plan = await planOf(name);
			writeResumeFile(plan);
			const read = readResumeFile(plan.folder);
			// Remarks are in the metadata of the run already, and what it will take is asked before it only.
			const { sites, sharing: _, requests: ___, ...rest } = { ...plan, remarks: [] };
			const { sites: readSites, sharing: __, ...readRest } = read;
			assert.equal(readRest, rest);
			assert.equal(
				readSites?.map(({ folder, frame, scenario }) => ({ folder, frame, scenario })),
				sites?.map(({ folder, frame, scenario }) => ({ folder, frame, scenario })),
			);
		});

test('a run folder that has been moved is written where it is now', async () => {
	const plan = await planOf('two-sites.yaml');
	writeResumeFile(plan);
	const folder = join(root, 'moved');
	cpSync(plan.folder, folder, { recursive: true });
	const read = readResumeFile(folder);
	const recorders = read.roster.filter(({ kind }) => kind === 'recorder');
	assert.is(recorders.length, 2);
	for (const { config } of recorders) {
		const { folder: into, root: below } = config as { folder: string; root: string };
		assert.is(below, folder);
		assert.ok(into.startsWith(`${folder}/sites/`), into);
	}
	for (const site of read.sites ?? []) assert.ok(site.folder.startsWith(folder));
});

test('a checkpoint is read as it was kept; one that is damaged or cut is said and not used, one of another run refused', async () => {
	const plan = await planOf('default.yaml');
	writeResumeFile(plan);
	const notices: string[] = [];
	const readIt = () => readCheckpointFile(plan, (text) => notices.push(text));
	assert.is(readIt().checkpoint.window, 0);
	const names = ['0.7.a', '0.7.b'];
	const bodies = new Map(names.map((name, i) => [name, new Uint8Array(1_000).fill(i)]));
	const objects = [...bodies].map(([name, bytes], i) => {
		return { name, actors: [`actor-${i}`], sha256: sha256(bytes) };
	});
	const checkpoint = { attempt: 0, window: 7, fromUs: 420, objects };
	const body = (name: string) => bodies.get(name) as Uint8Array;
	await writeCheckpointFile(plan, checkpoint, async (name) => body(name));
	const read = readIt();
	assert.equal(read.checkpoint, checkpoint);
	for (const { name } of objects)
		assert.ok(Buffer.compare(await read.read(name), body(name)) === 0);
	const path = join(plan.folder, 'checkpoint.bin');
	const bytes = readFileSync(path);
	const refused = (wrong: Uint8Array, why: RegExp) => {
		writeFileSync(path, wrong);
		assert.throws(
			() => readIt(),
			(error: unknown) => error instanceof ConfigError && why.test(error.message),
		);
	};
	const flipped = Buffer.from(bytes);
	flipped[flipped.length - 1] = 9;
	assert.equal(notices, []);
	for (const wrong of [flipped, bytes.subarray(0, bytes.length - 1), bytes.subarray(0, 50)]) {
		writeFileSync(path, wrong);
		assert.is(readIt().checkpoint, BEGINNING);
		assert.match(notices.splice(0).join(), /Going on from the beginning of the run: .* is damaged/);
	}
	refused(
		Buffer.from(bytes.toString('latin1').replace(plan.run, 'other'), 'latin1'),
		/of the run "other"/,
	);
	refused(
		Buffer.from(
			bytes.toString('latin1').replace(/"program":"[^"]+"/, '"program":"0.0.1"'),
			'latin1',
		),
		/another version gives other results/,
	);
});

test('a folder of no run, or of one that is complete, says that it cannot go on', () => {
	assert.throws(() => readResumeFile(root), /it has no resume.json/);
});

test.run();
