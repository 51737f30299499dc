import { beforeAll, expect, test } from '@jest/globals'
import { findPoints, play } from '../../lab/sim/kill/play.ts'
import { pointName, type Point } from '../../lab/sim/kill/points.ts'
import { shuffled } from '../../lab/sim/random/seed.ts'

// Other points each time; `npm run test:kill -- --seed N --points 12` plays the same ones, without --points all of them.
const seed = Number(process.env['KUBEADM_UPGRADE_SEED'] ?? Date.now() % 100_000)
const count = 12

let points: Point[] = []
beforeAll(async () => {
  points = shuffled(await findPoints(), seed)
  console.log(`${count} of ${points.length} interruptions, seed ${seed}`)
})

test.each(Array.from({ length: count }, (_, at) => at))(
  `an upgrade that is interrupted anywhere ends upgraded when it is run again (seed ${seed}, point %i)`,
  async (at) => {
    const { point, problems } = await play(points[at] ?? { what: 'job', node: 'cp1', number: 1 })
    expect({ point: pointName(point), problems }).toEqual({ point: pointName(point), problems: [] })
  },
)
