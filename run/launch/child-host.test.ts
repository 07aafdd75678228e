import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import { GATEWAY_KINDS, KIND_NAMES } from '../../services/kinds.ts';
import { folderOf } from './child-host.ts';

test('every kind of actor has a process that runs it, but those that live in the process that leads the run', () => {
	for (const kind of KIND_NAMES.filter((name) => !GATEWAY_KINDS.has(name))) {
		const main = readFileSync(projectFile(`services/${folderOf(kind)}/main.ts`), 'utf8');
		assert.match(main, `'${kind}'`, kind);
	}
});

test.run();
