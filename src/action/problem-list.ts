import { Failure } from '../failure.ts'
import type { Field } from './fields.ts'

/** Collects what is wrong with the inputs, so that all of it is told in one go. */
export class ProblemList {
  readonly #lines: string[] = []

  add(input: string, problem: string): void {
    this.#lines.push(`${input}: ${problem}`)
  }

  /** A problem with a place inside the input's text, or file. */
  addAt(input: string, place: string | undefined, problem: string): void {
    this.#lines.push(place === undefined ? `${input}: ${problem}` : `${input} (${place}): ${problem}`)
  }

  /** The value of a field, or undefined after its problem was added. */
  take<T>(input: string, field: Field<T>): T | undefined {
    if ('value' in field) return field.value
    this.add(input, field.problem)
    return undefined
  }

  /** @throws {Failure} `invalid-input` that lists all problems, when there is any */
  throwIfAny(): void {
    if (this.#lines.length === 0) return
    const lines = this.#lines.map((line) => `- ${line}`)
    const count = this.#lines.length === 1 ? 'One problem' : `${this.#lines.length} problems`
    throw new Failure('invalid-input', [`${count} in the inputs:`, ...lines].join('\n'), {
      next: 'Correct what is listed and run again; nothing was connected to.',
    })
  }
}
