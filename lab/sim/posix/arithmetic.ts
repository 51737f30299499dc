const precedence: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '>': 4,
  '<=': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
}

/** The value of `$((text))`, whole numbers only. @param variable its value, as text */
export function evaluate(text: string, variable: (name: string) => string): number {
  const tokens = text.match(/\d+|[A-Za-z_]\w*|&&|\|\||[=!<>]=|[-+*/%<>()]/g) ?? []
  let at = 0
  const primary = (): number => {
    const token = tokens[at++] ?? ''
    if (token === '(') {
      const value = binary(1)
      at++
      return value
    }
    if (token === '-') return -primary()
    return Number(/^\d/.test(token) ? token : variable(token))
  }
  const binary = (least: number): number => {
    let left = primary()
    for (;;) {
      const operator = tokens[at] ?? ''
      const level = precedence[operator] ?? 0
      if (level < least) return left
      at++
      left = apply(operator, left, binary(level + 1))
    }
  }
  return binary(1)
}

function apply(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return Math.trunc(a / b)
    case '%':
      return a % b
    case '<':
      return Number(a < b)
    case '>':
      return Number(a > b)
    case '<=':
      return Number(a <= b)
    case '>=':
      return Number(a >= b)
    case '==':
      return Number(a === b)
    case '!=':
      return Number(a !== b)
    case '&&':
      return Number(a !== 0 && b !== 0)
    default:
      return Number(a !== 0 || b !== 0)
  }
}
