import {
	createCipheriv,
	createDecipheriv,
	createHash,
	createHmac,
	createPublicKey,
	diffieHellman,
	generateKeyPairSync,
	hkdfSync,
	type KeyObject,
	randomBytes,
	scryptSync,
} from 'node:crypto';

/**
 * The keys of a run. All follow from one run key that only the leading process holds:
 *
 * - a place key for every host, given to the child process started for it, proves that a hello comes from that child;
 * - the join secret, from the join key that people share, does the same for workers that are started elsewhere;
 * - the message key seals the messages between processes where others use the same server;
 * - the control key seals requests to pause, resume or stop.
 *
 * protocol/README.md has the same in words for other languages.
 */
export type Key = Uint8Array;

const KEY_BYTES = 32;

/** A fresh key of 256 bits, from the system’s source of chance. */
export function makeRunKey(): Key {
	return randomBytes(KEY_BYTES);
}

const NONCE_BYTES = 16;

/** What a worker has to repeat, so that a hello that was recorded in another run is worth nothing. */
export function makeNonce(): Buffer {
	return randomBytes(NONCE_BYTES);
}

/** Known to the one process that was started for a host. */
export function placeKey(runKey: Key, host: string): Key {
	return derive(runKey, `place ${host}`);
}

/** Seals the messages of the run. */
export function messageKey(runKey: Key): Key {
	return derive(runKey, 'messages');
}

/** Seals control requests. */
export function controlKey(runKey: Key): Key {
	return derive(runKey, 'control');
}

function derive(key: Key, purpose: string): Key {
	return createHmac('sha256', key).update(`gridbeat 3 ${purpose}`).digest();
}

/** The salt of join secrets: the same everywhere, since both sides have nothing but the join key. */
const JOIN_SALT = 'gridbeat 3 join';

/**
 * The secret that a join key stands for: slow to compute, so that a key that people made up is not found by trial.
 * Without a join key it is 32 zero bytes: then whoever uses the server may join.
 */
export function joinSecret(joinKey: string | null): Key {
	if (joinKey === null) return new Uint8Array(KEY_BYTES);
	return scryptSync(joinKey, JOIN_SALT, KEY_BYTES, { N: 16_384, r: 8, p: 1 });
}

/**
 * Seals the head of the store of a run: whoever leads a run in the place of another has the same join key, and the two must
 * know each other from strangers.
 */
export function headKey(secret: Key): Key {
	return derive(secret, 'head');
}

/** Seals what a study and its workers say to each other. */
export function studyKey(secret: Key): Key {
	return derive(secret, 'studies');
}

/** Bytes of what a group of studies and workers is called. */
const GROUP_BYTES = 8;

/**
 * Studies and workers that belong together: of the same program, with the same join key. Names of queues begin with it, so that
 * nobody takes a job that he could not do.
 */
export function studyGroup(secret: Key, program: string): string {
	const name = Buffer.from(derive(secret, `group ${program}`)).toString('hex', 0, GROUP_BYTES);
	return `g${name}`;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A key on its way to one host: whoever reads the bus does not learn it. */
export interface WrappedKey {
	/** X25519, for this welcome alone. */
	readonly from: Uint8Array;
	/** Initialization vector, ciphertext and tag of AES-256-GCM. */
	readonly sealed: Uint8Array;
}

/** A key pair for one hello. */
export class Exchange {
	/** X25519, 32 bytes. */
	readonly publicKey: Uint8Array;
	private readonly privateKey: KeyObject;

	constructor() {
		const { publicKey, privateKey } = generateKeyPairSync('x25519');
		this.publicKey = rawOf(publicKey);
		this.privateKey = privateKey;
	}

	/** Encrypts `key` for whoever made `to` and knows `secret`. */
	wrap(key: Key, to: Uint8Array, secret: Key): WrappedKey {
		const iv = randomBytes(IV_BYTES);
		const cipher = createCipheriv('aes-256-gcm', this.agree(to, [to, this.publicKey], secret), iv);
		const sealed = Buffer.concat([iv, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
		return { from: this.publicKey, sealed };
	}

	/** @throws Error where it was not made for this pair and `secret` */
	unwrap({ from, sealed }: WrappedKey, secret: Key): Key {
		const iv = sealed.subarray(0, IV_BYTES);
		const shared = this.agree(from, [this.publicKey, from], secret);
		const decipher = createDecipheriv('aes-256-gcm', shared, iv);
		decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
		const text = sealed.subarray(IV_BYTES, sealed.length - TAG_BYTES);
		return Buffer.concat([decipher.update(text), decipher.final()]);
	}

	/** `pairs` are the public keys of host and coordinator, in this order. */
	private agree(other: Uint8Array, pairs: readonly Uint8Array[], secret: Key): Buffer {
		const shared = diffieHellman({ privateKey: this.privateKey, publicKey: keyOf(other) });
		const info = Buffer.concat([Buffer.from('gridbeat 3 message key'), ...pairs]);
		return Buffer.from(hkdfSync('sha256', shared, secret, info, KEY_BYTES));
	}
}

function rawOf(publicKey: KeyObject): Uint8Array {
	return new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'));
}

function keyOf(raw: Uint8Array): KeyObject {
	const x = Buffer.from(raw).toString('base64url');
	return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}

/** By what one knows bytes that were kept: their SHA-256 in hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}
