import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesToColumns, columnsToBytes, decode, encode } from './codec.ts';
import { ConfigError, ProtocolError } from './errors.ts';
import { EXAMPLES } from './messages.test-support.ts';
import { MESSAGES, type Message, PROTOCOL_VERSION } from './messages.ts';
import { compareNames, Name } from './readings.ts';
import { parseDuration, parseDurationFrom0 } from './scenario/duration.ts';
import {
	JOIN_SUBJECT,
	jobSubject,
	runSubjects,
	studySubject,
	WORKERS_SUBJECT,
} from './subjects.ts';
import {
	addDelay,
	DAY_US,
	FOREVER_US,
	formatSimTime,
	gcd,
	lcm,
	secondsToUs,
	usToSeconds,
} from './time.ts';

const test = suite('protocol');

/** Bytes may come back as a Buffer. */
const plain = (message: unknown) =>
	JSON.stringify(message, (_, value) =>
		value instanceof Uint8Array ? [...value] : (value?.data ?? value),
	);

const readme = readFileSync('protocol/README.md', 'utf8');

for (const [type, message] of Object.entries(EXAMPLES)) {
	test(`decode(encode(${type})) gives the same message`, () => {
		const back = decode(encode(message), type as Message['type']);
		assert.equal(plain(back), plain(message));
	});

	test(`decode() refuses a ${type} with an unknown or a missing field`, () => {
		const more = encode({ ...message, extra: 1 } as unknown as Message);
		assert.throws(() => decode(more, type as Message['type']), /Cannot accept a message of type/);
		for (const key of Object.keys(message)) {
			if (key === 'type') continue;
			const { [key]: _, ...less } = message as unknown as Record<string, unknown>;
			assert.throws(
				() => decode(encode(less as unknown as Message), type as Message['type']),
				(error: unknown) => error instanceof ProtocolError,
			);
		}
	});
}

test('decode() refuses bytes that are no message, and messages of another type', () => {
	assert.throws(() => decode(new Uint8Array([0xdf]), 'ok'), /not MessagePack/);
	assert.throws(() => decode(encode({ type: 'ok' }), 'grant', 'stop'), /expected grant or stop/);
	assert.throws(() => decode(encode({ ...EXAMPLES.grant, untilUs: -1 }), 'grant'), /at "untilUs"/);
});

test('columns survive the wire bit for bit, at any alignment', () => {
	const values = new Float64Array([
		0,
		-0,
		1 / 3,
		5e-324,
		Number.MAX_VALUE,
		Number.POSITIVE_INFINITY,
	]);
	for (let shift = 0; shift < 8; shift++) {
		const padded = new Uint8Array(shift + values.byteLength);
		padded.set(columnsToBytes(values), shift);
		assert.equal([...bytesToColumns(padded.subarray(shift))], [...values]);
	}
	const odd = {
		...EXAMPLES.outputs,
		ports: [{ port: 'x', untilUs: 0, columns: new Uint8Array(7) }],
	};
	assert.throws(() => decode(encode(odd), 'outputs'), /whole 64-bit floats/);
});

test('README.md lists every message, and no other', () => {
	const [, section = ''] = readme.split('## Messages');
	const listed = [...(section.split('\n## ')[0] as string).matchAll(/^\| `([a-z-]+)` +\|/gm)].map(
		([, type]) => type,
	);
	assert.equal(listed.sort(), Object.keys(MESSAGES).sort());
	assert.match(readme, `version ${PROTOCOL_VERSION}.`);
});

test('README.md lists every subject, and no other', () => {
	const made = runSubjects('<id>');
	const subjects = [
		JOIN_SUBJECT,
		made.hello,
		made.ready,
		made.control,
		made.proposals,
		made.progress,
		made.host('<host>', '<seat>' as never),
		made.status('<host>', '<seat>' as never),
		made.heard('<actor>'),
		made.loop('<actor>'),
		made.block('<actor>', '<port>'),
		WORKERS_SUBJECT,
		jobSubject('<queue>', '<job>'),
		studySubject('<queue>'),
	];
	const listed = [...readme.matchAll(/^\| `(gridbeat\.[^`]+)` +\|/gm)].map(([, name]) => name);
	assert.equal(listed.sort(), subjects.sort());
});

test("README.md's sequence diagrams show every control message", () => {
	const diagrams = readme.split('```mermaid').slice(1);
	const diagram = diagrams.map((text) => text.split('```')[0]).join('\n');
	for (const type of Object.keys(MESSAGES)) {
		if (['control', 'run-state', 'progress'].includes(type)) continue;
		assert.ok(new RegExp(`\\b${type}\\b`).test(diagram), type);
	}
});

test('parseDuration() reads times as people write them', () => {
	for (const [text, seconds] of [
		['60s', 60],
		['5min', 300],
		['5m', 300],
		['1.5h', 5400],
		['1h30min', 5400],
		['1h 30min', 5400],
		['7d', 604_800],
		['250ms', 0.25],
		['3', 3],
		[90, 90],
	] as const) {
		assert.is(parseDuration(text, 'x'), secondsToUs(seconds), String(text));
	}
	for (const text of ['', '0', '-5s', '5 weeks', 'h', '1h30', 'NaN', '1e9d']) {
		assert.throws(
			() => parseDuration(text, 'the step'),
			(error: unknown) =>
				error instanceof ConfigError && error.message.includes(`Cannot use the step "${text}"`),
		);
	}
});

test('parseDurationFrom0() reads 0 too, in any unit there is', () => {
	for (const text of ['0', 0, '0s', '0.0h', '0 min', '00'])
		assert.is(parseDurationFrom0(text, 'x'), 0, String(text));
	assert.is(parseDurationFrom0('1h30min', 'x'), secondsToUs(5400));
	for (const text of ['', '-1s', '0weeks', '0xs', '0h x'])
		assert.throws(() => parseDurationFrom0(text, 'the start'), /^Cannot use the start /, text);
});

test('formatSimTime() writes days only when there are some, and fractions only when needed', () => {
	assert.is(formatSimTime(0), '00:00:00');
	assert.is(formatSimTime(secondsToUs(3661.5)), '01:01:01.5');
	assert.is(formatSimTime(DAY_US + 1), '1d 00:00:00.000001');
	assert.is(usToSeconds(secondsToUs(0.1)), 0.1);
});

test('addDelay() stays at FOREVER_US; gcd() and lcm() are those of school', () => {
	assert.is(addDelay(FOREVER_US - 1, 5), FOREVER_US);
	assert.is(addDelay(1, 2), 3);
	assert.is(gcd(12, 18), 6);
	assert.is(lcm(4, 6), 12);
});

test('compareNames() orders digits by value', () => {
	const names = ['replica-10', 'solar', 'replica-2', 'battery', 'replica-2b', 'replica'];
	assert.equal([...names].sort(compareNames), [
		'battery',
		'replica',
		'replica-2',
		'replica-2b',
		'replica-10',
		'solar',
	]);
	assert.is(compareNames('a', 'a'), 0);
});

test('Name refuses what could not be part of a subject or a column', () => {
	for (const name of ['', '1a', 'a.b', 'a b', 'a*', 'a>', 'ä'])
		assert.not(Name.safeParse(name).success, name);
	for (const name of ['a', 'replica-1', 'A_b']) assert.ok(Name.safeParse(name).success, name);
});

test.run();
