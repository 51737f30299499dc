/*
 * Loaded before the bundle (node --import) by the demo and by tests that go through a whole upgrade: the runner's clock
 * runs faster, as the simulated cluster's does, so that nobody waits through the seconds in which the action watches that
 * a control plane node stays healthy. Nothing else is changed.
 */
const factor = Number(process.env['SIM_TIME_LAPSE'] ?? 1)
const realNow = Date.now
const realTimeout = globalThis.setTimeout
const start = realNow()

Date.now = () => Math.round(start + (realNow() - start) * factor)
globalThis.setTimeout = Object.assign(
  (callback: (...args: unknown[]) => void, delay = 0, ...args: unknown[]) =>
    realTimeout(callback, delay / factor, ...args),
  realTimeout,
) as typeof setTimeout
