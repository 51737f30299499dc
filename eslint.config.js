import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Which folders may import which: the arrows of the house point one way (docs/adr/0005). */
const forbid = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
})
const actionsToolkit = { group: ['@actions/*'], message: 'Only src/action may know GitHub.' }
const io = {
  group: [
    'node:fs*',
    'node:net',
    'node:child_process',
    'node:http*',
    'node-ssh',
    'ssh2',
    '**/ssh/**',
    '**/action/**',
  ],
  message: 'This folder is pure: it takes data and returns data.',
}

export default tseslint.config(
  { ignores: ['dist/', '.build/', 'lib/', 'coverage/', 'node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] } } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 330, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['__tests__/**', 'lab/**', 'bench/**'], rules: { 'max-lines-per-function': 'off' } },
  { files: ['*.js'], ...tseslint.configs.disableTypeChecked },
  forbid(['src/{inventory,versions,ssh,node,cluster,phases}/**/*.ts'], [actionsToolkit]),
  forbid(['src/{plan,report}/**/*.ts', 'src/versions/*.ts'], [actionsToolkit, io]),
)
