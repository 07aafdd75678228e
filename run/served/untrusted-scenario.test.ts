import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import { scenarioFrom } from '../resolve/scenario-source.ts';
import { refuseUntrusted } from './untrusted-scenario.ts';

type Raw = Parameters<typeof scenarioFrom>[0];

/** Why a scenario is refused; null: it is not. */
function refusal(scenario: object, data: readonly string[] = []): string | null {
	const read = scenarioFrom(scenario as Raw);
	try {
		refuseUntrusted(read, data);
		return null;
	} catch (error) {
		return (error as Error).message;
	}
}

const carbon = (path: string) => ({ carbon: { source: 'trace', path, kind: 'average' } });
const feed = (more: object) => ({
	pace: 1,
	carbon: {
		source: 'feed',
		feed: { type: 'http', url: 'https://example.org', value: 'a', ...more },
	},
});

/** A folder that the server was given, and one beside it that it was not. */
function folders() {
	const root = mkdtempSync(join(tmpdir(), 'gridbeat-untrusted-'));
	process.on('exit', () => rmSync(root, { recursive: true, force: true }));
	for (const name of ['data', 'data-of-others']) {
		mkdirSync(join(root, name));
		writeFileSync(join(root, name, 'carbon.csv'), 'time,value\n');
		writeFileSync(join(root, name, 'card.YAML'), 'name: x\n');
	}
	return { root, data: join(root, 'data'), others: join(root, 'data-of-others') };
}

test('a scenario that comes without a token reads what ships and what is in the folders that were given', () => {
	const { data } = folders();
	assert.is(refusal({}), null);
	assert.is(refusal({ serving: { device: 'h100', model: 'meta-llama/Meta-Llama-3-8B' } }), null);
	assert.is(refusal(carbon(join(data, 'carbon.csv')), [data]), null);
	assert.is(refusal(carbon(join(data, 'none.csv')), [data]), null);
	assert.is(refusal(carbon(projectFile('examples/default.yaml'))), null);
	assert.is(refusal({ serving: { profile: join(data, 'tables') } }, [data]), null);
});

test('files elsewhere are refused, by whatever way they are named and whether they are there or not', () => {
	const { data, others } = folders();
	symlinkSync(join(others, 'carbon.csv'), join(data, 'linked.csv'));
	symlinkSync(others, join(data, 'linked'));
	const paths = [
		...['/etc/passwd', '/etc/none-of-it', '../../../etc/passwd', '~/.ssh/id_rsa', 'carbon.csv'],
		...[join(others, 'carbon.csv'), `${data}/../data-of-others/carbon.csv`, `${data}-of-others/x`],
		...[join(data, 'linked.csv'), join(data, 'linked/carbon.csv'), join(data, 'linked/none.csv')],
		...[
			`${projectFile('examples')}/../package.json`,
			projectFile('package.json'),
			'/proc/self/environ',
		],
	];
	for (const path of paths) {
		// A relative one is relative to where the server was started.
		const text = refusal(carbon(path), [data]);
		assert.match(
			text ?? 'taken',
			/^Cannot start a run with the file ".*": this server asks /,
			path,
		);
		assert.not.match(text ?? '', /no such|not found|ENOENT/i);
	}
	const cards = [
		...[
			'/etc/passwd',
			'../../../etc/passwd',
			'x/../../../../etc/passwd',
			join(others, 'card.YAML'),
		],
		...[relative('.', join(others, 'card.YAML')), 'package.json'],
	];
	for (const card of cards)
		for (const key of ['model', 'profile', 'device'])
			assert.match(refusal({ serving: { [key]: card } }, [data]) ?? '', /with the file "/, card);
	assert.match(
		refusal({ sites: [{ name: 'one', serving: { device: '/etc/passwd.yaml' } }] }) ?? '',
		/with the file "/,
	);
});

test('a link that leads nowhere yet is no way out', () => {
	const { root, data } = folders();
	symlinkSync(join(root, 'later.csv'), join(data, 'dangling.csv'));
	assert.match(refusal(carbon(join(data, 'dangling.csv')), [data]) ?? '', /with the file "/);
});

test('code is refused, wherever it is', () => {
	const own = { module: './own.ts', config: {} };
	const cases = [
		{ policy: { type: 'plugin', path: projectFile('examples/policies/own.mjs') } },
		{ carbon: { source: 'module', kind: 'average', ...own } },
	];
	for (const one of cases)
		assert.match(refusal(one) ?? 'taken', /^Cannot start a run with the code "\/.*": this server /);
});

test('what the server’s user logs in with is not sent to where somebody else says', () => {
	assert.is(refusal(feed({})), null);
	assert.match(refusal(feed({ auth: { tokenEnv: 'HOME' } })) ?? '', /with the tokenEnv "HOME": /);
	const login = { user: 'me', passwordEnv: 'SECRET' };
	assert.match(refusal(feed({ auth: login })) ?? '', /with the passwordEnv "SECRET": /);
	assert.match(refusal(feed({ headersEnv: { 'X-Key': 'SECRET' } })) ?? '', /the header "X-Key": /);
	const maps = { type: 'electricitymaps', zone: 'DE' };
	const asked = (more: object) => ({ pace: 1, carbon: { source: 'feed', feed: more } });
	assert.is(refusal(asked(maps)), null);
	assert.match(
		refusal(asked({ ...maps, baseUrl: 'https://evil.example' })) ?? '',
		/with the baseUrl "https:\/\/evil.example": /,
	);
	const nats = { type: 'nats', subject: 'carbon' };
	assert.is(refusal(asked(nats)), null);
	assert.match(
		refusal(asked({ ...nats, server: 'nats://evil.example' })) ?? '',
		/the server "nats/,
	);
});

test.run();
