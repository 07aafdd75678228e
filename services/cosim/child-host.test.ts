import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KIND_NAMES } from '../host/kinds.ts';
import { projectFile } from '../host/project-file.ts';
import { folderOf } from './child-host.ts';

test('every kind of actor has a process that runs it', () => {
	for (const kind of KIND_NAMES) {
		const main = readFileSync(projectFile(`services/${folderOf(kind)}/main.ts`), 'utf8');
		assert.match(main, `'${kind}'`, kind);
	}
});

test.run();
