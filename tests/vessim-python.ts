import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { projectFile } from '../kernel/files/project-file.ts';

/** The release that `make peers` installs, and that this project's records are written for. */
export const VESSIM_VERSION = '0.16.0';

/**
 * A Python that has Vessim: that of `make peers`, or the machine's own. Null where there is none; then what
 * compares with Vessim itself is skipped.
 */
export function pythonWithVessim(): string | null {
	const candidates = [projectFile('.build/peers/bin/python'), 'python3'];
	const asks = `from importlib.metadata import version; assert version("vessim") == "${VESSIM_VERSION}"`;
	return (
		candidates
			.filter((python) => !python.includes('/') || existsSync(python))
			.find((python) => spawnSync(python, ['-c', asks], { stdio: 'ignore' }).status === 0) ?? null
	);
}
