import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { tempFolder } from './cli.ts';

/**
 * The image of deploy/Containerfile, made as it says, but in folders and without a registry: packages are those
 * of the checkout, in the image without those of development.
 */
const [, building = '', running = ''] = readFileSync(
	projectFile('deploy/Containerfile'),
	'utf8',
).split(/^FROM .*$/m);

/** What a stage copies, as pairs of a path of ours and one in the image. */
function copies(stage: string): { from: string; to: string }[] {
	return [...stage.matchAll(/^COPY (?!--from)(.+) (\S+)$/gm)].flatMap(([, sources = '', to = '']) =>
		sources
			.split(' ')
			.map((from) => ({ from, to: to.endsWith('/') ? join(to, basename(from)) : to })),
	);
}

/** Only what stands in the lock file without `dev`: what `npm prune --omit=dev` leaves. */
function linkPackages(folder: string): void {
	const { packages } = JSON.parse(readFileSync(projectFile('package-lock.json'), 'utf8')) as {
		packages: Record<string, { dev?: boolean }>;
	};
	for (const [path, { dev }] of Object.entries(packages)) {
		if (dev || !/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path)) continue;
		if (!existsSync(projectFile(path))) continue;
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		symlinkSync(projectFile(path), join(folder, path));
	}
}

function sh(command: string, cwd: string): void {
	execFileSync('sh', ['-c', command], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

test('the image that Containerfile describes runs, and writes its report, without packages of development', () => {
	const build = tempFolder();
	for (const { from, to } of copies(building))
		cpSync(projectFile(from), join(build, to), { recursive: true });
	symlinkSync(projectFile('node_modules'), join(build, 'node_modules'));
	const [command = ''] = /^RUN npm run build$/m.exec(building) ?? [];
	sh(command.replace('RUN ', ''), build);

	const app = tempFolder();
	for (const { from, to } of copies(running)) {
		mkdirSync(dirname(join(app, to)), { recursive: true });
		symlinkSync(projectFile(from), join(app, to));
	}
	const made = [...running.matchAll(/^COPY --from=build \/app\/(\S+) \.\/\1$/gm)];
	assert.equal(
		made.map(([, name]) => name),
		['node_modules', 'dist'],
	);
	cpSync(join(build, 'dist'), join(app, 'dist'), { recursive: true });
	linkPackages(app);
	assert.not.ok(existsSync(join(app, 'node_modules/uplot')));
	const files = readdirSync(join(app, 'dist'), { recursive: true, encoding: 'utf8' });
	assert.equal(
		files.filter((name) => /\.test\.|test-support|for-tests|^(tests|bench)\b/.test(name)),
		[],
	);

	const [, entry = '[]'] = /^ENTRYPOINT (.+)$/m.exec(running) ?? [];
	const [node = '', ...args] = JSON.parse(entry.replace('/app/', `${app}/`)) as string[];
	const run = ['run', '--in-process', '--until', '10min', '--out', 'out'];
	execFileSync(node, [...args, ...run], { cwd: app, stdio: ['ignore', 'ignore', 'inherit'] });
	assert.match(readFileSync(join(app, 'out/report.html'), 'utf8'), /uPlot/);
});

test.run();
