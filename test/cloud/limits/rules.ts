/** Small enough to be reached within seconds. */
import type { LimitRules } from "../../../src/cloud/limits/limits.ts";

export const RULES: LimitRules = {
  subscription: { burst: 20, perMinute: 1_200 },
  vault: { burst: 1_000, perMinute: 60_000 },
  reads: { burst: 30, perMinute: 600 },
};
