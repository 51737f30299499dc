import { expect, test } from '@jest/globals'
import { playScenario } from '../../lab/sim/random/play.ts'
import { describe as told, scenarioOf } from '../../lab/sim/random/scenario.ts'

// Other runs each time; `npm run test:random -- --seed N --runs 10` plays the same ones.
const seed = Number(process.env['KUBEADM_UPGRADE_SEED'] ?? Date.now() % 1_000_000)

test.each(Array.from({ length: 10 }, (_, at) => seed + at))(
  'whatever goes wrong, the upgrade ends when it is run again (seed %i)',
  async (one) => {
    const { problems } = await playScenario(scenarioOf(one))
    expect({ scenario: told(scenarioOf(one)), problems }).toEqual({
      scenario: told(scenarioOf(one)),
      problems: [],
    })
  },
)

test('a seed gives the same run again', async () => {
  const [first, second] = [await playScenario(scenarioOf(seed)), await playScenario(scenarioOf(seed))]
  expect(second.results).toEqual(first.results)
  expect(second.log).toBe(first.log)
})
