import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { readNatsAccess } from './nats-access.ts';
import { type NatsEnv, withContext } from './nats-context.ts';

/** Contexts of the `nats` command in a configuration folder of our own. */
const home = mkdtempSync(join(tmpdir(), 'gridbeat-context-test-'));
const contexts = join(home, '.config', 'nats', 'context');
mkdirSync(contexts, { recursive: true });
test.after(() => rmSync(home, { recursive: true, force: true }));

function context(name: string, value: unknown): string {
	const path = join(contexts, `${name}.json`);
	writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
	return path;
}

/** All keys that the `nats` command writes, most of them empty. */
const EMPTY = {
	...{ description: '', url: '', socks_proxy: '', token: '', user: '', password: '', creds: '' },
	...{ nkey: '', cert: '', key: '', ca: '', nsc: '', jetstream_domain: '' },
	...{ jetstream_api_prefix: '', jetstream_event_prefix: '', inbox_prefix: '', user_jwt: '' },
	...{ color_scheme: 'blue', tls_first: false },
};
const env = (name: string, more: NatsEnv = {}): NatsEnv => ({
	...{ HOME: home, NATS_CONTEXT: name },
	...more,
});

test('a context says address, login and inboxes; what is set beside it goes before it', () => {
	context('site', {
		...EMPTY,
		...{ url: 'nats://a:1,nats://b:2', user: 'me', password: 'p@ss', inbox_prefix: '_INBOX.me' },
		jetstream_domain: 'hub',
	});
	const access = readNatsAccess(env('site'));
	assert.equal(access.servers, ['a:1', 'b:2']);
	assert.equal(access.login, { type: 'password', user: 'me', password: 'p@ss' });
	assert.is(access.inboxPrefix, '_INBOX.me');
	assert.is(access.jsApiPrefix, '$JS.hub.API');
	assert.equal(readNatsAccess(env('site', { NATS_URL: 'c:3' })).servers, ['c:3']);
	const again = withContext(withContext(env('site')));
	assert.equal(readNatsAccess(again), access);
	const elsewhere = { XDG_CONFIG_HOME: join(home, '.config'), HOME: '/nowhere' };
	assert.equal(readNatsAccess(env('site', elsewhere)), access);
});

test('a context is found by its path too, and names files from the home folder', () => {
	writeFileSync(join(home, 'seed.nk'), `SU${'A'.repeat(56)}\n`);
	const path = context('nkey', { ...EMPTY, url: 'a', nkey: '~/seed.nk' });
	const { login, servers } = readNatsAccess(env(path));
	assert.equal(login, { type: 'nkey', seed: `SU${'A'.repeat(56)}` });
	assert.equal(servers, ['a:4222']);
	context('token', { ...EMPTY, url: 'a', user: 't0ken' });
	assert.equal(readNatsAccess(env('token')).login, { type: 'token', token: 't0ken' });
});

test('a context that is not there, is none, or asks for what we cannot do is refused, without its secrets', () => {
	const refused = (name: string, reason: RegExp, more: NatsEnv = {}) => {
		try {
			readNatsAccess(env(name, more));
		} catch (error) {
			assert.instance(error, ConfigError);
			assert.match((error as Error).message, reason);
			assert.not.match((error as Error).message, /s3cret|\n/);
			return;
		}
		assert.unreachable(`${name} was taken`);
	};
	context('broken', '{"password": "s3cret"');
	context('list', ['s3cret']);
	context('wrong', { ...EMPTY, url: 'a', password: 7 });
	context('nsc', { ...EMPTY, url: 'a', nsc: 'nsc://operator/account' });
	context('first', { ...EMPTY, url: 'a', tls_first: true });
	context('nowhere', { ...EMPTY, user: 'me', password: 's3cret' });
	context('lost', { ...EMPTY, url: 'a', creds: '/nowhere/s.creds' });
	refused('none', /^Cannot use the NATS context "none": there is no such file$/);
	refused('broken', /^Cannot use the NATS context "broken": .*broken\.json is not JSON$/);
	refused('list', /^Cannot use the NATS context "list": /);
	refused('wrong', /^Cannot use the NATS context "wrong": password: /);
	refused('nsc', /does not know what to do with its nsc; known are url, user/);
	refused('first', /does not know what to do with its tls_first; /);
	refused('nowhere', /^Cannot use the NATS context "nowhere": it names no url$/);
	refused('lost', /^Cannot read NATS_CREDS "\/nowhere\/s.creds": there is no such file/);
	context('both', { ...EMPTY, url: 'a', token: 's3cret' });
	refused('both', /with both NATS_USER and the token of the context "both": give one of them$/, {
		NATS_USER: 'me',
	});
	const inbox = 'Cannot use NATS_INBOX_PREFIX "a.*": give words with dots between them';
	assert.throws(() => readNatsAccess({ NATS_URL: 'a', NATS_INBOX_PREFIX: 'a.*' }), inbox);
});

test.run();
