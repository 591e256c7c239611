/** The names of the altered orchestrators, apart from them: the library must not be loaded before the local host. */

/** More than any recorded history comes to. */
export const STEPS = 20;

export const alteredName = (orchestrator: string, step: number): string => `altered-${orchestrator}-${step}`;
export const rewordedName = (orchestrator: string): string => `reworded-${orchestrator}`;
