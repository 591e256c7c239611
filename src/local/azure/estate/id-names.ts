/** A free name as it can stand in a resource id: what a path cannot hold becomes `_`. */
export function idName(name: string): string {
  return name.replaceAll(/[^\w.()-]/g, "_");
}
