import { ProtocolError } from './errors.ts';

/**
 * What MessagePack may hold here, checked token by token before anything is made of it: msgpackr obeys extensions
 * (records, references, classes) and follows any depth, so that a few bytes from a stranger could cost much.
 */

/** The deepest maps and arrays in each other: configurations of actors are the deepest, by far below this. */
const DEPTH_MAX = 64;
/** Values in one message: a host of 10,000 actors is sent a tenth of these. */
const VALUES_MAX = 4_000_000;
/** The largest message, in bytes. */
export const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/** @throws ProtocolError for bytes that are not exactly one value, and for what no message needs */
export function checkShape(bytes: Uint8Array): void {
	if (bytes.length > MESSAGE_BYTES_MAX) {
		throw new ProtocolError(
			`Cannot read a message of ${bytes.length} bytes: more than ${MESSAGE_BYTES_MAX} are never sent`,
		);
	}
	new Walk(bytes).run();
}

/** Tokens that stand for one value of so many bytes behind the token. */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
	192: 0, // nil
	194: 0, // false
	195: 0, // true
	202: 4, // float 32
	203: 8, // float 64
	204: 1, // unsigned, 8 to 64 bits
	205: 2,
	206: 4,
	207: 8,
	208: 1, // signed, 8 to 64 bits
	209: 2,
	210: 4,
	211: 8,
};

class Walk {
	private readonly bytes: Uint8Array;
	private at = 0;
	private values = 0;
	/** Values still to come in each open map or array; negative in maps, where every other one is a key. */
	private readonly open: number[] = [];

	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
	}

	run(): void {
		do {
			if (++this.values > VALUES_MAX) this.refuse(`it has more than ${VALUES_MAX} values`);
			this.one(this.isKey());
			while (this.open.length > 0 && this.open[this.open.length - 1] === 0) this.open.pop();
		} while (this.open.length > 0);
		if (this.at !== this.bytes.length) this.refuse('it goes on after its end');
	}

	/** Counts the value to come; true if it is the key of a map. */
	private isKey(): boolean {
		const top = this.open.length - 1;
		if (top < 0) return false;
		const left = this.open[top] as number;
		this.open[top] = left > 0 ? left - 1 : left + 1;
		return left < 0 && left % 2 === 0;
	}

	private one(isKey: boolean): void {
		const token = this.number(1);
		if (token >= 0xa0 && token < 0xc0) this.skip(token - 0xa0);
		else if (token >= 0xd9 && token <= 0xdb) this.skip(this.number(1 << (token - 0xd9)));
		else if (isKey) this.refuse('a key of a map is not a string');
		else if (token < 0x80 || token >= 0xe0) return;
		else if (token < 0x90) this.enter(token - 0x80, -2);
		else if (token < 0xa0) this.enter(token - 0x90, 1);
		else if (token >= 0xc4 && token <= 0xc6) this.skip(this.number(1 << (token - 0xc4)));
		else if (token >= 0xdc) this.enter(this.number(token % 2 === 0 ? 2 : 4), token < 0xde ? 1 : -2);
		else this.skip(this.scalarBytes(token));
	}

	private scalarBytes(token: number): number {
		const size = SCALAR_BYTES[token];
		if (size !== undefined) return size;
		return this.refuse(`it has a byte 0x${token.toString(16)}, which is not used`);
	}

	private enter(count: number, valuesEach: number): void {
		if (this.open.length >= DEPTH_MAX) this.refuse(`it is deeper than ${DEPTH_MAX} levels`);
		// Each value has at least one byte: what says more is cut short, and nothing is made of it.
		if (count > this.bytes.length - this.at) this.refuse('it is cut short');
		this.open.push(count * valuesEach);
	}

	private number(size: number): number {
		const from = this.at;
		this.skip(size);
		let value = 0;
		for (let i = from; i < this.at; i++) value = value * 256 + (this.bytes[i] as number);
		return value;
	}

	private skip(size: number): void {
		this.at += size;
		if (this.at > this.bytes.length) this.refuse('it is cut short');
	}

	private refuse(reason: string): never {
		throw new ProtocolError(
			`Cannot read a message of ${this.bytes.length} bytes: not MessagePack as used here (${reason})`,
		);
	}
}
