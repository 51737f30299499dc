/** What a parsed script consists of: the part of POSIX shell that the scripts of the action use. */

/** A piece of a word. `quoted` pieces are neither split nor taken for patterns. */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | {
      readonly kind: 'parameter'
      readonly name: string
      /** `:-`, `-`, `:+`, `+`, `:=`, `=`, `%`, `%%`, `#`, `##`, or `length`; undefined: the plain value. */
      readonly operator: string | undefined
      readonly argument: Word | undefined
      readonly quoted: boolean
    }
  | { readonly kind: 'command'; readonly body: Node; readonly quoted: boolean }
  | { readonly kind: 'arithmetic'; readonly expression: Word; readonly quoted: boolean }

export type Word = readonly Part[]

export interface Redirection {
  readonly fd: number
  readonly operator: '<' | '>' | '>>' | '>&' | '<&'
  readonly target: Word
}

export type Node =
  | {
      readonly kind: 'simple'
      readonly assignments: readonly (readonly [string, Word])[]
      readonly words: readonly Word[]
      readonly redirections: readonly Redirection[]
    }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | {
      readonly kind: 'and-or'
      readonly first: Node
      readonly rest: readonly (readonly ['&&' | '||', Node])[]
    }
  | { readonly kind: 'pipeline'; readonly negated: boolean; readonly commands: readonly Node[] }
  | {
      readonly kind: 'group' | 'subshell'
      readonly body: Node
      readonly redirections: readonly Redirection[]
    }
  | {
      readonly kind: 'if'
      readonly arms: readonly (readonly [Node, Node])[]
      readonly otherwise: Node | undefined
      readonly redirections: readonly Redirection[]
    }
  | {
      readonly kind: 'while'
      readonly until: boolean
      readonly condition: Node
      readonly body: Node
      readonly redirections: readonly Redirection[]
    }
  | {
      readonly kind: 'for'
      readonly name: string
      /** undefined: the positional parameters. */
      readonly words: readonly Word[] | undefined
      readonly body: Node
      readonly redirections: readonly Redirection[]
    }
  | {
      readonly kind: 'case'
      readonly word: Word
      readonly arms: readonly { readonly patterns: readonly Word[]; readonly body: Node }[]
      readonly redirections: readonly Redirection[]
    }
  | { readonly kind: 'function'; readonly name: string; readonly body: Node }
