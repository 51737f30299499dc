/**
 * JSON that kubectl or etcdctl printed.
 * @param otherwise for nothing and for `null`, which Go prints for a list that was never filled: `etcdctl endpoint status`
 *   of a member that does not answer
 * @throws {SyntaxError}
 */
export function json<T>(text: string | undefined, otherwise: T): T {
  if (text === undefined || text === '') return otherwise
  return (JSON.parse(text) as T | null) ?? otherwise
}
