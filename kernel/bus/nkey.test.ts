import { nkeys } from '@nats-io/transport-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { makeNkey, nkeyLogin } from './nkey.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** What the client of NATS makes of a seed. */
function expected(seed: string, nonce: string) {
	const pair = nkeys.fromSeed(bytes(seed));
	return { nkey: pair.getPublicKey(), sig: nkeys.encode(pair.sign(bytes(nonce))) };
}

test('nkeyLogin() says what the client of NATS says, for keys of every role', () => {
	for (const make of [nkeys.createUser, nkeys.createAccount, nkeys.createOperator]) {
		const seed = new TextDecoder().decode(make().getSeed());
		const login = nkeyLogin(seed);
		fc.assert(
			fc.property(fc.string({ minLength: 1 }), (nonce) => {
				assert.equal(login(nonce), expected(seed, nonce), `${seed} ${nonce}`);
			}),
			{ numRuns: 5 },
		);
		assert.equal(login(), { nkey: expected(seed, 'x').nkey, sig: '' });
	}
});

test('makeNkey() makes a key of a user, another one each time', () => {
	const [one, other] = [makeNkey(), makeNkey()];
	for (const { seed, publicKey } of [one, other]) {
		assert.match(seed, /^SU[A-Z2-7]{56}$/);
		assert.match(publicKey, /^U[A-Z2-7]{55}$/);
		assert.is(publicKey, nkeys.fromSeed(bytes(seed)).getPublicKey());
	}
	assert.is.not(one.seed, other.seed);
});

test('nkeyLogin() takes no seed with a wrong letter', () => {
	const { seed } = makeNkey();
	const wrong = `${seed.slice(0, -1)}${seed.endsWith('A') ? 'B' : 'A'}`;
	assert.throws(() => nkeyLogin(wrong));
	assert.throws(() => nkeyLogin('SU'));
});

test.run();
