import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../kernel/files/project-file.ts';

/** What `make release-check` looks at after the gate; docs/releasing.md says when. Each finding is a line, and one is enough to fail. */
const root = projectFile('.');
const git = (...args: string[]) =>
	execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trimEnd();
const read = (name: string) => readFileSync(projectFile(name), 'utf8');
const { version, repository } = JSON.parse(read('package.json')) as {
	version: string;
	repository?: unknown;
};

const findings: string[] = [];
const check = (holds: boolean, finding: string): void => {
	if (!holds) findings.push(finding);
};

check(git('status', '--porcelain') === '', 'the tree has changes that are not committed');
check(
	(JSON.parse(read('package-lock.json')) as { version: string }).version === version,
	`package-lock.json is of another version than ${version}`,
);
check(
	read('CHANGELOG.md').includes(`\n## ${version}, `),
	`CHANGELOG.md has no section "## ${version}, <date>"`,
);
check(git('tag', '--list', `v${version}`) === '', `the tag v${version} is there already`);
// Packing needs no upload; an upload shows where the package is from, and so must have an address.
const isUpload = process.env['npm_lifecycle_event'] === 'prepublishOnly';
check(!isUpload || repository !== undefined, 'package.json has no repository');

const folder = projectFile('.build');
mkdirSync(folder, { recursive: true });
const npm = (...args: string[]) =>
	spawnSync('npm', [...args, '--ignore-scripts'], { cwd: root, encoding: 'utf8' });
const packed = npm('pack', '--json', '--pack-destination', folder);
check(packed.status === 0, `npm pack: ${packed.stderr}`);
const [{ filename = '', entryCount = 0, size = 0 } = {}] = JSON.parse(packed.stdout || '[]') as {
	filename?: string;
	entryCount?: number;
	size?: number;
}[];
check(existsSync(join(folder, filename)), 'npm pack wrote nothing');
if (!isUpload) {
	const { status, stderr } = npm('publish', '--dry-run', '--provenance=false');
	check(status === 0, `npm publish --dry-run: ${stderr}`);
}
process.stdout.write(
	`${filename}: ${entryCount} files, ${(size / 2 ** 20).toFixed(1)} MiB, in .build/\n`,
);
for (const finding of findings) process.stderr.write(`Cannot release ${version}: ${finding}\n`);
process.exitCode = findings.length > 0 ? 1 : 0;
