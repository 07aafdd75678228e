import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { type NatsEnv, withContext } from '../kernel/bus/nats-context.ts';

/** Flags and the variables that say the same; secrets have files, since arguments of a process are public. */
const FLAGS = [
	['--nats <url>', 'NATS_URL', 'NATS server, or several separated by commas; default: NATS_URL'],
	[
		'--nats-context <name>',
		'NATS_CONTEXT',
		'context of the nats command, by name or as a file: address, login and more',
	],
	['--nats-user <name>', 'NATS_USER', 'user, with --nats-password-file or NATS_PASSWORD'],
	['--nats-password-file <file>', 'NATS_PASSWORD_FILE', 'file with the password'],
	['--nats-token-file <file>', 'NATS_TOKEN_FILE', 'file with a token'],
	['--nats-nkey-file <file>', 'NATS_NKEY_SEED_FILE', 'file with the seed of an nkey'],
	['--nats-creds <file>', 'NATS_CREDS', 'credentials file of NATS'],
	['--nats-ca <file>', 'NATS_CA', 'certificate of the authority, PEM: TLS'],
	['--nats-cert <file>', 'NATS_CERT', 'client certificate, PEM, with --nats-key'],
	['--nats-key <file>', 'NATS_KEY', 'its key, PEM'],
	['--nats-inbox-prefix <words>', 'NATS_INBOX_PREFIX', 'where answers to us come; default: _INBOX'],
	['--nats-js-domain <name>', 'NATS_JS_DOMAIN', 'domain of JetStream, seen from a leaf'],
	[
		'--join-key-file <file>',
		'GRIDBEAT_JOIN_KEY_FILE',
		'file with the join key that runs and their workers share; or GRIDBEAT_JOIN_KEY',
	],
] as const;

const GROUP = 'NATS server:';

/** Adds the flags; what they set is read by `natsEnv`. */
export function addNatsFlags(command: Command): Command {
	for (const [flags, , help] of FLAGS) command.addOption(new Option(flags, help).helpGroup(GROUP));
	return command;
}

/**
 * The environment with what flags have set in its place: the one source of how to reach NATS. A flag that names a
 * secret's file goes before the variable that holds the secret. What a context says stands in it already.
 *
 * @param options what commander has read of a command line
 */
export function natsEnv(options: object): NatsEnv {
	const env: Record<string, string | undefined> = { ...process.env };
	const given = options as Readonly<Record<string, unknown>>;
	for (const [flags, name, help] of FLAGS) {
		const value = given[new Option(flags, help).attributeName()];
		if (typeof value !== 'string') continue;
		env[name] = flags.includes('<file>') ? resolve(value) : value;
		if (name.endsWith('_FILE')) env[name.slice(0, -'_FILE'.length)] = undefined;
	}
	return withContext(env);
}
