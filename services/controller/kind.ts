import type { ActorEnv, ActorKind, TimeActor } from '../../kernel/actor/contract.ts';
import { ControllerConfig } from './config.ts';
import { makeController } from './controller.ts';
import type { ControllerState } from './controller-state.ts';
import { controllerInputs, controllerOutputs } from './ports.ts';
import { controllerTakes } from './steered.ts';

/**
 * Actor kind 'controller': reads the power of its members, the batteries and the grid signals, decides
 * setpoints and the power cap, and keeps the books. Wires from batteries and to capped actors carry one step
 * of delay.
 */
export const controllerKind: ActorKind<ControllerConfig> = {
	kind: 'controller',
	config: ControllerConfig,
	create(config: ControllerConfig, env: ActorEnv): TimeActor<ControllerState> {
		return {
			timing: 'time',
			stepUs: config.stepUs,
			inputs: controllerInputs(config),
			outputs: controllerOutputs(config),
			takes: controllerTakes(config),
			...makeController(config, env.name),
		};
	},
};
