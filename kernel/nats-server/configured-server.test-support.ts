import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nkeys } from '@nats-io/transport-node';
import { startWatched } from './watchdog.ts';

/** A server of a user's own, with what its configuration requires of those that connect. */
export interface ConfiguredServer {
	/** `127.0.0.1:port` */
	readonly address: string;
	readonly url: string;
	readonly pid: number;
	/** It has ended, by whatever; carries the end of its log. */
	readonly ended: Promise<{ readonly log: string }>;
	stop(): Promise<void>;
}

/** Starts nats-server on a port of loopback, a free one by default, with these lines of configuration. */
export async function startConfigured(
	binary: string,
	lines: readonly string[] = [],
	port = -1,
): Promise<ConfiguredServer> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-own-nats-'));
	const path = join(folder, 'nats.conf');
	const own = [`listen: "127.0.0.1:${port}"`, `ports_file_dir: ${JSON.stringify(folder)}`];
	writeFileSync(path, [...own, ...lines].join('\n'));
	const watched = startWatched({ folder, command: binary, args: ['-c', path] });
	let log: string | null = null;
	void watched.ended.then((end) => {
		log = end.log;
	});
	for (;;) {
		if (log !== null) throw new Error(`nats-server ended: ${log}`);
		const names = existsSync(folder) ? readdirSync(folder) : [];
		const name = names.find((file) => file.endsWith('.ports'));
		const text = name === undefined ? '' : readFileSync(join(folder, name), 'utf8');
		if (text.trimEnd().endsWith('}')) {
			const [address = ''] = (JSON.parse(text) as { nats: string[] }).nats.map((url) =>
				url.replace(/^.*:\/\//, ''),
			);
			const pid = Number(/_(\d+)\.ports$/.exec(name ?? '')?.[1]);
			const { ended } = watched;
			return { address, url: `nats://${address}`, pid, ended, stop: () => watched.stop() };
		}
		await sleep(20);
	}
}

/** A server that is started again on its port whenever it ends, as by systemd. */
export interface SupervisedServer {
	/** The end of the log of each that ended. */
	readonly ends: readonly string[];
	stop(): Promise<void>;
}

/** Starts nats-server with these lines on a port of loopback, and again whenever it ends. */
export async function startSupervised(
	binary: string,
	lines: readonly string[],
	port: number,
): Promise<SupervisedServer> {
	const ends: string[] = [];
	let isStopped = false;
	let server = await startConfigured(binary, lines, port);
	const watch = async (): Promise<void> => {
		for (;;) {
			const { log } = await server.ended;
			if (isStopped) return;
			ends.push(log);
			server = await startConfigured(binary, lines, port);
		}
	};
	const watching = watch().catch((error: unknown) => void ends.push(String(error)));
	return {
		ends,
		async stop() {
			isStopped = true;
			await server.stop();
			await watching;
		},
	};
}

/** Certificates made with openssl: an authority, a server at 127.0.0.1 and localhost, and a client. */
export interface Certificates {
	readonly ca: string;
	readonly server: { readonly cert: string; readonly key: string };
	readonly client: { readonly cert: string; readonly key: string };
}

/** Null, saying why, where there is no openssl. */
export function makeCertificates(folder: string): Certificates | null {
	const at = (name: string) => join(folder, name);
	const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
	const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
	const pair = (name: string) => ({ cert: at(`${name}.pem`), key: at(`${name}.key`) });
	const signed = (name: string, extension: string) => {
		const { cert, key } = pair(name);
		const request = at(`${name}.csr`);
		openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
		writeFileSync(at(`${name}.ext`), extension);
		const by = ['-CA', pair('ca').cert, '-CAkey', pair('ca').key, '-CAcreateserial'];
		const how = ['-days', '2', '-extfile', at(`${name}.ext`)];
		openssl('x509', '-req', '-in', request, '-out', cert, ...by, ...how);
		return { cert, key };
	};
	try {
		const { cert, key } = pair('ca');
		openssl(
			'req',
			'-x509',
			...newKey,
			'-keyout',
			key,
			'-out',
			cert,
			'-subj',
			'/CN=ca',
			'-days',
			'2',
		);
		return {
			ca: cert,
			server: signed('server', 'subjectAltName=IP:127.0.0.1,DNS:localhost'),
			client: signed('client', 'extendedKeyUsage=clientAuth'),
		};
	} catch (error) {
		process.stdout.write(`skipped, no certificates: ${String(error).split('\n')[0]}\n`);
		return null;
	}
}

interface KeyPair {
	getPublicKey(): string;
	getSeed(): Uint8Array;
	sign(bytes: Uint8Array): Uint8Array;
}

/** What an operator hands out: configuration for the server, and a credentials file for one user. */
export function makeCredentials(): { readonly lines: readonly string[]; readonly creds: string } {
	const [operator, account, user] = [
		nkeys.createOperator(),
		nkeys.createAccount(),
		nkeys.createUser(),
	];
	const operatorJwt = jwtOf(operator, operator, { type: 'operator' });
	const accountJwt = jwtOf(account, operator, { type: 'account', limits: UNLIMITED });
	const userJwt = jwtOf(user, account, { type: 'user', subs: -1, data: -1, payload: -1 });
	const seed = new TextDecoder().decode(user.getSeed());
	const text = (kind: string, inside: string) =>
		`-----BEGIN ${kind}-----\n${inside}\n------END ${kind}------\n`;
	return {
		lines: [
			`operator: ${operatorJwt}`,
			'resolver: MEMORY',
			`resolver_preload: { ${account.getPublicKey()}: ${accountJwt} }`,
		],
		creds: `${text('NATS USER JWT', userJwt)}\n${text('USER NKEY SEED', seed)}`,
	};
}

const UNLIMITED = {
	...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1 },
	leaf: -1,
};

/** A JWT of NATS, version 2: https://docs.nats.io/reference/reference-protocols/nats-jwt */
function jwtOf(subject: KeyPair, issuer: KeyPair, claims: Record<string, unknown>): string {
	const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const head = part({ typ: 'JWT', alg: 'ed25519-nkey' });
	const body = part({
		...{ jti: 'test', iat: 1_700_000_000, iss: issuer.getPublicKey(), name: 'test' },
		...{ sub: subject.getPublicKey(), nats: { ...claims, version: 2 } },
	});
	const signature = issuer.sign(Buffer.from(`${head}.${body}`));
	return `${head}.${body}.${Buffer.from(signature).toString('base64url')}`;
}
