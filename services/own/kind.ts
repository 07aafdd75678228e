import type { ActorKind } from '../../kernel/actor/contract.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { OwnModule } from '../../protocol/own-module.ts';
import { OwnConfig } from './config.ts';
import { loadModule } from './load.ts';
import { makeOwnActor } from './make.ts';

/**
 * Actor kind 'own': a module of the user's. Its ports are the module's own.
 *
 * @param modules that this process was started with; no other is ever loaded, whatever a configuration says
 */
export function ownKind(modules: readonly OwnModule[]): ActorKind<OwnConfig> {
	return {
		kind: 'own',
		config: OwnConfig,
		async create(config, env) {
			const { module, sha256 } = config;
			const found = modules.find((one) => one.sha256 === sha256);
			if (found === undefined)
				throw new ConfigError(
					`Cannot run "${env.name}": its module ${module} (SHA-256 ${sha256.slice(0, 12)}…) is none that this process was ` +
						`started with; start the worker with --module ${module}, the same file`,
				);
			const loaded = await loadModule(found.path);
			if (loaded.sha256 !== sha256)
				throw new ConfigError(
					`Cannot run "${env.name}": its module "${found.path}" was changed since the run began; start the run again`,
				);
			return (await makeOwnActor(loaded, config, env)).actor;
		},
	};
}
