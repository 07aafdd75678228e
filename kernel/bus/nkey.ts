import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';

/**
 * Ed25519 keys as NATS writes them. The client of NATS signs by arithmetic of its own in JavaScript, which takes some
 * 50 ms in a process that has just begun, and each process of a run logs in twice; node:crypto takes less than one.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** What stands before the 32 bytes of a private key in PKCS #8, by RFC 8410. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_BYTES = 32;
const CHECK_BYTES = 2;

/** The first bits of a seed, and the first byte of a public key of a user. */
const [SEED, USER] = [18 << 3, 20 << 3];

/** A new key pair for a login: `seed` is secret, `publicKey` is what the server is given. */
export function makeNkey(): { readonly seed: string; readonly publicKey: string } {
	const start = Buffer.of(SEED | (USER >> 5), (USER & 31) << 3);
	const seed = encode(Buffer.concat([start, randomBytes(KEY_BYTES)]));
	return { seed, publicKey: keyPair(seed).publicKey };
}

/**
 * Logs in by the seed of a key, `SU...`: signs what the server sends.
 *
 * @throws Error, without quoting it, if it is no seed
 */
export function nkeyLogin(seed: string): (nonce?: string) => { nkey: string; sig: string } {
	const { publicKey, privateKey } = keyPair(seed);
	return (nonce) => ({
		nkey: publicKey,
		sig: nonce ? sign(null, Buffer.from(nonce), privateKey).toString('base64') : '',
	});
}

function keyPair(seed: string): { publicKey: string; privateKey: KeyObject } {
	const bytes = decode(seed);
	const [first = 0, second = 0] = bytes;
	if (bytes.length !== 2 + KEY_BYTES || (first & 0xf8) !== SEED)
		throw new Error('that is no seed of a key of NATS');
	// The role of the key lies across the first two bytes, after the five bits that say "seed".
	const role = ((first & 7) << 5) | (second >> 3);
	const der = Buffer.concat([PKCS8, bytes.subarray(2)]);
	const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
	const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
	return {
		publicKey: encode(Buffer.concat([Buffer.of(role), spki.subarray(-KEY_BYTES)])),
		privateKey,
	};
}

/** With its checksum, in base 32. */
function encode(body: Buffer): string {
	const check = Buffer.alloc(CHECK_BYTES);
	check.writeUInt16LE(crc16(body));
	return toBase32(Buffer.concat([body, check]));
}

/** @throws Error if the checksum is another one */
function decode(text: string): Buffer {
	const bytes = fromBase32(text);
	const body = bytes.subarray(0, -CHECK_BYTES);
	if (bytes.length <= CHECK_BYTES || encode(body) !== text)
		throw new Error('that is no key of NATS: its checksum is wrong');
	return body;
}

/** Base 32 of RFC 4648 without padding: each five bits of a text, most significant first. */
function fromBase32(text: string): Buffer {
	const bits = [...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0'));
	const bytes = bits.join('').match(/.{8}/g) ?? [];
	return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

function toBase32(bytes: Buffer): string {
	const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
	const letters = bits.match(/.{1,5}/g) ?? [];
	return letters.map((letter) => ALPHABET[Number.parseInt(letter.padEnd(5, '0'), 2)]).join('');
}

/** The checksum of XMODEM: CRC-16 with the polynomial 0x1021, from 0. */
function crc16(bytes: Uint8Array): number {
	let crc = 0;
	for (const byte of bytes) {
		crc ^= byte << 8;
		for (let i = 0; i < 8; i++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
	}
	return crc;
}
