import { pack } from 'msgpackr';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../tests/properties.test-support.ts';
import { columnsToBytes, decode } from './codec.ts';
import { ProtocolError } from './errors.ts';
import { checkShape } from './message-shape.ts';
import { MESSAGES, type MessageType } from './messages.ts';

const test = suite('message shape');
const TYPES = Object.keys(MESSAGES) as MessageType[];

const refusalOf = (bytes: Uint8Array, types: readonly MessageType[] = TYPES): string => {
	try {
		decode(bytes, ...types);
		return '';
	} catch (error) {
		assert.instance(error, ProtocolError);
		return (error as Error).message;
	}
};

test('checkShape() passes whatever pack() makes of plain data', () => {
	void fc.assert(
		fc.property(fc.jsonValue({ maxDepth: 6 }), fc.uint8Array({ maxLength: 300 }), (json, bytes) => {
			checkShape(pack({ json, bytes, deep: [[json]] }));
		}),
		{ numRuns: 300 },
	);
});

test('checkShape() refuses every cut of a message, and what goes on after its end', () => {
	const message = pack({ a: [1, 2.5, 'text', null, -7, 1e12], b: { c: true, d: 'x'.repeat(300) } });
	for (let length = 0; length < message.length; length++)
		assert.throws(() => checkShape(message.subarray(0, length)), /it is cut short/, `${length}`);
	assert.throws(() => checkShape(Buffer.concat([message, Buffer.of(0)])), /after its end/);
});

test('decode() answers any bytes with a message or a ProtocolError of one line, soon', () => {
	const piece = fc.oneof(
		fc.uint8Array({ maxLength: 60 }),
		fc.jsonValue().map((json) => pack(json)),
		fc
			.constantFrom(...[0xd4, 0x72, 0x40, 0xdd, 0xdf, 0xc1, 0x91, 0x81, 0xd7, 0xff])
			.map((byte) => Uint8Array.of(byte)),
	);
	void fc.assert(
		fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
			const refusal = refusalOf(Buffer.concat(pieces));
			assert.ok(refusal.length < 900);
			assert.not.match(refusal, /[\p{Cc}\p{Cf}]/u);
		}),
		{ numRuns: 2_000 },
	);
});

test('decode() makes nothing of depth, size, extensions and records', () => {
	const deep = Buffer.alloc(1_000_000, 0x91);
	assert.match(refusalOf(deep), 'deeper than 64 levels');
	assert.match(refusalOf(Buffer.from('dd7fffffff', 'hex')), 'it is cut short');
	assert.match(refusalOf(Buffer.from('df7fffffff', 'hex')), 'it is cut short');
	assert.match(refusalOf(Buffer.alloc(65 * 1024 * 1024)), 'more than');
	// A record definition, an error object, a date, a reference.
	for (const hex of [
		'd47240920001',
		'c70365920000',
		'd6ff5fee6600',
		'd67000000001',
		'c1',
		'd40000',
	])
		assert.match(refusalOf(Buffer.from(hex, 'hex')), 'which is not used');
	assert.match(refusalOf(pack({ type: 'ok', when: new Date(0) })), 'which is not used');
	assert.match(refusalOf(pack(new Map([[1, 2]]))), 'a key of a map is not a string');
});

test('decode() refuses small messages that are large', () => {
	const hello = { type: 'hello', version: 1, host: 'h', kinds: ['x'], machine: '', pid: 1 };
	const bytes = pack({ ...hello, machine: 'm'.repeat(100_000) });
	assert.match(refusalOf(bytes, ['hello']), 'hello has at most 65536');
});

test('decode() quotes little of a message, and nothing that a terminal would obey', () => {
	const odd = '\x1b[2J\u202e'.repeat(5_000);
	for (const message of [{ type: odd }, { type: 'ok', [odd]: 1 }, { type: { toString: 1 } }]) {
		const refusal = refusalOf(pack(message));
		assert.match(refusal, /^Cannot accept a message/);
		assert.ok(refusal.length < 900, refusal);
		assert.not.match(refusal, /[\p{Cc}\p{Cf}]/u);
	}
});

test('a map with the key __proto__ changes no prototype and is refused', () => {
	const json = JSON.parse('{"type":"ok","__proto__":{"polluted":1}}');
	assert.match(refusalOf(pack(json)), 'Cannot accept a message of type "ok"');
	assert.is(({} as { polluted?: number }).polluted, undefined);
});

test('decode() takes 64-bit integers, as other languages write large times', () => {
	const grant = { type: 'grant', attempt: 0, window: 0, fromUs: 0, keep: false };
	const head = Buffer.from(pack({ ...grant, untilUs: 0 }));
	const wide = Buffer.alloc(9);
	wide[0] = 0xcf;
	wide.writeBigUInt64BE(86_400_000_000n, 1);
	const bytes = Buffer.concat([head.subarray(0, head.length - 1), wide]);
	assert.is(decode(bytes, 'grant').untilUs, 86_400_000_000);
	wide.writeBigUInt64BE(2n ** 60n, 1);
	const beyond = Buffer.concat([head.subarray(0, head.length - 1), wide]);
	assert.match(refusalOf(beyond), 'at "untilUs"');
});

test('decode() says of outputs what their schema says, whatever is wrong', () => {
	const good = {
		...{ type: 'outputs', attempt: 0, actor: 'a', seq: 0 },
		ports: [{ port: 'x', untilUs: 5, columns: columnsToBytes(new Float64Array([0, 1])) }],
	} as const;
	const wrong: readonly object[] = [
		{ attempt: -1 },
		{ attempt: 0.5 },
		{ seq: '0' },
		{ actor: 'a.b' },
		{ actor: `a${'b'.repeat(200)}` },
		{ extra: 1 },
		{ ports: {} },
		{ ports: [null] },
		{ ports: [{ ...good.ports[0], more: 1 }] },
		{ ports: [{ ...good.ports[0], port: '' }] },
		{ ports: [{ ...good.ports[0], untilUs: Number.NaN }] },
		{ ports: [{ ...good.ports[0], columns: [0] }] },
		{ ports: [{ ...good.ports[0], columns: new Uint8Array(9) }] },
	];
	assert.is(refusalOf(pack(good), ['outputs']), '');
	for (const change of wrong) {
		assert.not(MESSAGES.outputs.safeParse({ ...good, ...change }).success);
		assert.match(refusalOf(pack({ ...good, ...change }), ['outputs']), 'of type "outputs"');
	}
});

test.run();
