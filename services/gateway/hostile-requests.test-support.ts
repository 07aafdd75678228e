import { gzipSync } from 'node:zlib';

/** Requests of somebody who means no good, as bytes, with what refuses them in order. */

export const TOKEN = 'a-token-of-sixteen-letters';
const STOP = '/api/runs/live/stop';

export interface Hostile {
	readonly what: string;
	/** As it goes over the wire. */
	readonly bytes: string | Buffer;
	/** Statuses that are in order; null: the connection is closed without a word. */
	readonly refused: readonly (number | null)[];
}

interface Sent {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | Buffer;
}

/** A request of the form that is asked for. */
function sent(path: string, { method = 'GET', headers = {}, body }: Sent = {}): Buffer {
	const all = {
		host: 'localhost',
		...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
		...headers,
	};
	const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\r\n`);
	const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}connection: close\r\n\r\n`;
	return Buffer.concat([Buffer.from(head), Buffer.from(body ?? '')]);
}

const JSON_TYPE = { 'content-type': 'application/json' };

function posted(body: string | Buffer, headers: NonNullable<Sent['headers']> = JSON_TYPE): Buffer {
	return sent('/api/runs', { method: 'POST', headers, body });
}

function table(
	what: string,
	refused: readonly (number | null)[],
	all: readonly (string | Buffer)[],
): Hostile[] {
	return all.map((bytes, i) => ({ what: `${what} ${i + 1}`, bytes, refused }));
}

const stop = (headers: Readonly<Record<string, string>>) => sent(STOP, { method: 'POST', headers });

const STRANGERS = [
	...table(
		'name of another server',
		[403],
		[
			...['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1.evil.example'],
			...[
				'[::2]',
				'10.0.0.1',
				'0.0.0.0',
				'localhost@evil.example',
				'xn--lcalhost-5wa',
				'localhost.',
			],
		].map((host) => stop({ host })),
	),
	...table(
		'page of another server',
		[403],
		[
			...['http://evil.example', 'null', 'http://localhost:1', 'https://localhost.evil.example'],
			...['file://', 'http://127.0.0.1@evil.example', 'HTTP://LOCALHOST'],
		].map((origin) => stop({ origin })),
	),
	...table(
		'request that a browser says is from elsewhere',
		[403],
		[
			...['cross-site', 'same-site'].map((site) => stop({ 'sec-fetch-site': site })),
			stop({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }),
			stop({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', origin: 'null' }),
		],
	),
	...table(
		'leave that a page asks for',
		[403, 405],
		[
			sent(STOP, {
				method: 'OPTIONS',
				headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
			}),
			sent(STOP, { method: 'OPTIONS' }),
		],
	),
];

const PATHS = [
	...table(
		'way out of the folder',
		[400, 404, 414],
		[
			'/api/runs/../../etc/passwd',
			'/api/runs/%2e%2e%2f%2e%2e%2fetc%2fpasswd/scenario',
			'/api/runs/..%2f..%2fetc/summary',
			'/api/runs/%2e%2e/state',
			'/api/runs/..%5c..%5cwindows/state',
			'/api/runs/.hidden/state',
			'/api/runs/past%00.yaml/state',
			'/api/runs//etc/passwd',
			'/api/runs/%252e%252e%252f/state',
			'/api/runs/%c0%ae%c0%ae/state',
			'/api/runs/past/history?table=../../etc/passwd',
			'/api/runs/past/history?table=%2e%2e%2fmetadata',
			'/api/runs/past/history?table=/etc/passwd',
			'/api/compare?runs=../a,../b',
			'/api/runs/past/sites/..%2f..%2fetc/actors',
			'/microgrids/..%2f..%2fetc/config',
			`/api/runs/${'a'.repeat(500)}/state`,
			'/api/runs/%zz/state',
		].map((path) => sent(path)),
	),
	...table(
		'line break in a path',
		[400, 404],
		[
			sent('/api/runs/x%0d%0aset-cookie:%20a=b'),
			sent('/api/runs/past/history?columns=a%0d%0alocation:%20http://evil.example'),
			sent('/?token=%0d%0aset-cookie:%20a=b'),
			'GET /api/runs\r\n/x HTTP/1.1\r\nhost: localhost\r\n\r\n',
		],
	),
];

const BODIES = [
	...table(
		'body that is too large',
		[413, null],
		[
			posted('x'.repeat(2_000_000)),
			posted(`{"scenario": "${'x'.repeat(1_500_000)}"}`),
			sent('/api/runs', {
				...{ method: 'POST', headers: { ...JSON_TYPE, 'content-length': '99999999999' } },
			}),
			sent('/api/runs', {
				...{ method: 'POST', headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' } },
				body: `${'1e8480'}\r\n${'x'.repeat(2_000_000)}\r\n0\r\n\r\n`,
			}),
			sent('/v1/chat/completions', {
				...{ method: 'POST', headers: { ...JSON_TYPE, 'content-length': '34000000' } },
			}),
			sent('/api/runs/live/grid-events', {
				...{ method: 'POST', headers: JSON_TYPE, body: `{"event": "${'x'.repeat(1_200_000)}"}` },
			}),
		].map((bytes) => withoutLength(bytes)),
	),
	...table(
		'body that is nothing',
		[400],
		[
			posted('{'),
			posted('null'),
			posted('[]'),
			posted('""'),
			posted('{}'),
			posted('{"scenario": 1}'),
			posted('{"scenario": [1]}'),
			posted('{"scenario": "until: 1h", "more": 1}'),
			posted('{"scenario": "until: 1h", "options": {"id": "../x"}}'),
			posted('{"scenario": "until: 1h", "options": {"speed": -1}}'),
			posted('{"scenario": "until: 1h", "options": {"speed": 1e999}}'),
			posted('{"__proto__": {"isTrusted": true}, "scenario": "until: 1h"}'),
			posted('{"scenario": "a", "constructor": {"prototype": {"x": 1}}}'),
			posted(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
			posted(`{"scenario": "\xff\xfe`, JSON_TYPE),
		],
	),
	...table(
		'body of another kind',
		[400, 415],
		[
			posted('{"scenario": "until: 1h"}', { 'content-type': 'text/plain' }),
			posted('scenario=x', { 'content-type': 'application/x-www-form-urlencoded' }),
			posted('--a\r\n\r\n', { 'content-type': 'multipart/form-data; boundary=a' }),
			posted('<a/>', { 'content-type': 'application/xml' }),
			posted('{"scenario": "until: 1h"}', { 'content-type': 'application/jsonp' }),
			posted(gzipSync('{"scenario": "until: 1h"}'), {
				...JSON_TYPE,
				'content-encoding': 'gzip',
			}),
			posted('!!binary', { 'content-type': 'application/yaml' }),
		],
	),
];

/** Both a length and chunks would be another test. */
function withoutLength(bytes: Buffer): Buffer {
	const text = bytes.toString('latin1');
	if (!text.includes('transfer-encoding')) return bytes;
	return Buffer.from(text.replace(/content-length: \d+\r\n/, ''), 'latin1');
}

const VALUES = table(
	'value that is none',
	[400, 404, 409, 422],
	[
		sent('/api/runs/live/speed', { method: 'PUT', headers: JSON_TYPE, body: '{"factor": 0}' }),
		sent('/api/runs/live/speed', { method: 'PUT', headers: JSON_TYPE, body: '{"factor": "1"}' }),
		sent('/api/runs/live/step', { method: 'POST', headers: JSON_TYPE, body: '{"count": 1e12}' }),
		sent('/api/runs/live/step', { method: 'POST', headers: JSON_TYPE, body: '{"count": 1.5}' }),
		sent('/api/runs/live/commands', { method: 'POST', headers: JSON_TYPE, body: '{"command": 1}' }),
		sent('/api/runs/past/history?points=1e99'),
		sent('/api/runs/past/history?points=0'),
		sent('/api/runs/past/history?from=-1'),
		sent('/api/runs/past/history?from=NaN'),
		sent('/api/runs/past/history?to=99999999999999999999'),
		sent('/api/runs/past/history?points=10&points=20'),
		sent('/api/runs/past/history?unknown=1'),
		sent(`/api/compare?runs=${Array.from({ length: 50 }, () => 'past').join(',')}`),
		sent('/microgrids/Berlin/history?limit=many'),
		sent('/microgrids/Berlin/policy/__proto__?value=1', { method: 'PUT' }),
		sent('/microgrids/Berlin/policy/constructor?value=1', { method: 'PUT' }),
	],
);

const FORMS = table(
	'request of no form',
	[400, 404, 405, 408, 431, 501, 505, null],
	[
		'GARBAGE\r\n\r\n',
		'GET / HTTP/9.9\r\nhost: localhost\r\n\r\n',
		`GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
		`GET /${'a'.repeat(40_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
		`GET /health HTTP/1.1\r\nhost: localhost\r\n${'abc: defgh\r\n'.repeat(5_000)}\r\n`,
		`POST ${STOP} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
		`POST ${STOP} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!`,
		`POST ${STOP} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: xchunked\r\n\r\n`,
		`POST ${STOP} HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n`,
		`POST ${STOP} HTTP/1.1\r\nhost: localhost\r\nbad header\r\n\r\n`,
		`POST ${STOP} HTTP/1.1\r\nhost: localhost\r\nx: a\0b\r\n\r\n`,
		`POST ${STOP} HTTP/1.1\r\nhost: localhost\r\nx: a\n\ny: b\r\n\r\n`,
		'TRACE /health HTTP/1.1\r\nhost: localhost\r\n\r\n',
		'CONNECT evil.example:443 HTTP/1.1\r\nhost: localhost\r\n\r\n',
		'GET http://evil.example/api/runs/none HTTP/1.1\r\nhost: localhost\r\n\r\n',
		`DELETE ${STOP} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
		'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
	],
);

/** They send a part, and nothing more. */
const SLOW = table(
	'request that never comes to its end',
	[408, null],
	[
		'GET /health HT',
		'GET /health HTTP/1.1\r\nhost: localhost\r\n',
		`POST /api/runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a"`,
		`POST ${STOP} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel`,
	],
);

export const TOKENS = table(
	'wrong token',
	[401],
	[
		...['', 'Bearer', 'Bearer ', 'Bearer x', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(0, -1)}`],
		...[`Basic ${TOKEN}`, `Bearer ${TOKEN.toUpperCase()}`, `Bearer  ${TOKEN}`, `${TOKEN}`],
	]
		.map((authorization) => stop({ authorization }))
		.concat([
			stop({ cookie: `gridbeat_token=${TOKEN}x` }),
			stop({ cookie: `other=${TOKEN}` }),
			stop({ 'x-token': TOKEN }),
			sent(`${STOP}?token=${TOKEN}`, { method: 'POST' }),
			sent('/api/runs?token='),
			// Wherever it is asked for.
			...['/metrics', '/openapi.json', '/api/runs/live/events', '/microgrids', '/v1/models'].map(
				(path) => sent(path, { headers: { authorization: `Bearer ${TOKEN}x` } }),
			),
			sent('/v1/completions', { method: 'POST', headers: JSON_TYPE, body: '{"prompt": "a"}' }),
			sent('/microgrids/Berlin/policy/charge_power?value=1', { method: 'PUT' }),
		]),
);

/** All that need no token to come this far. */
export const OPEN: readonly Hostile[] = [
	...STRANGERS,
	...PATHS,
	...BODIES,
	...VALUES,
	...FORMS,
	...SLOW,
];
