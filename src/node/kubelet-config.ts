import { parse } from 'yaml'
import type { KubeletConfig } from './node.ts'

/**
 * What findings look at in the kubelet's config.yaml. A file that cannot be parsed says nothing: the kubelet that runs is
 * the better judge of it.
 */
export function parseKubeletConfig(text: string): KubeletConfig {
  const config = readYaml(text)
  const flag = (name: string): boolean | undefined =>
    typeof config[name] === 'boolean' ? config[name] : undefined
  const threshold = config['imageGCHighThresholdPercent']
  const gates = config['featureGates']
  return {
    featureGates: isRecord(gates)
      ? Object.fromEntries(Object.entries(gates).map(([name, value]) => [name, value === true]))
      : {},
    failCgroupV1: flag('failCgroupV1'),
    failSwapOn: flag('failSwapOn'),
    imageGCHighThresholdPercent: typeof threshold === 'number' ? threshold : undefined,
  }
}

function readYaml(text: string): Record<string, unknown> {
  try {
    const value: unknown = parse(text)
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
