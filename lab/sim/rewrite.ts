/**
 * Moves the absolute paths of a node script into a sandbox: the literals that begin with /etc/, /var/, /proc/, /run/ or
 * /sys/. Node scripts write their paths in no other way, so that the same scripts run here without root.
 */
export function rewritePaths(script: string, sandbox: string): string {
  return script.replace(/(?<![\w.\-/}$*])\/(?=(?:etc|var|proc|run|sys)\/)/g, `${sandbox}/`)
}
