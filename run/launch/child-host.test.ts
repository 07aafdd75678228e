import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import { KIND_NAMES } from '../../services/kinds.ts';
import { folderOf } from './child-host.ts';

test('every kind of actor has a process that runs it', () => {
	for (const kind of KIND_NAMES) {
		const main = readFileSync(projectFile(`services/${folderOf(kind)}/main.ts`), 'utf8');
		assert.match(main, `'${kind}'`, kind);
	}
});

test.run();
